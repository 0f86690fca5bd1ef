// Shows the values under the pointer in the legend of a chart.
for (const svg of document.querySelectorAll("svg[data-x]")) {
  const xs = svg.dataset.x.split(",").map(Number);
  const from = Number(svg.dataset.from), to = Number(svg.dataset.to);
  const cursor = svg.querySelector(".cursor");
  const figure = svg.closest("figure");
  const caption = figure.querySelector("figcaption");
  const title = caption.textContent;
  const items = [...figure.querySelectorAll(".legend li")].map((li) => [li.querySelector("b"), li.dataset.v.split(",")]);
  const first = xs[0], last = xs[xs.length - 1];
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
    const wanted = first + ((x - from) / (to - from)) * (last - first);
    let at = 0;
    while (at + 1 < xs.length && Math.abs(xs[at + 1] - wanted) <= Math.abs(xs[at] - wanted)) at += 1;
    const place = last > first ? from + ((xs[at] - first) / (last - first)) * (to - from) : (from + to) / 2;
    cursor.setAttribute("visibility", "visible");
    cursor.setAttribute("x1", place);
    cursor.setAttribute("x2", place);
    caption.textContent = title + " - generation " + xs[at];
    for (const [value, values] of items) value.textContent = values[at];
  });
  svg.addEventListener("pointerleave", () => {
    cursor.setAttribute("visibility", "hidden");
    caption.textContent = title;
    for (const [value] of items) value.textContent = "";
  });
}
