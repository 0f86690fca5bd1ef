use super::{Graph, Shape};

fn graph(successors: &[&[usize]]) -> Graph {
    Graph { successors: successors.iter().map(|nodes| nodes.to_vec()).collect() }
}

fn shape(graph: &Graph) -> Shape {
    Shape::of(graph, |node| graph.successors[node].is_empty())
}

/// Every edge goes forward, or back to a node that is on every way to where it comes from.
fn assert_reducible(graph: &Graph) {
    let shape = shape(graph);
    for (from, successors) in graph.successors.iter().enumerate() {
        for &to in successors {
            let known = shape.position[from] != Shape::UNREACHED;
            assert!(!known || !shape.is_back(from, to) || shape.is_dominated(from, &[to]), "{from} to {to}");
        }
    }
}

#[test]
fn a_reducible_graph_stays_as_it_is() {
    let mut nested = graph(&[&[1], &[2, 4], &[3], &[2, 1], &[]]);
    let before = nested.successors.clone();
    assert_eq!(nested.make_reducible(), []);
    assert_eq!(nested.successors, before);
    assert_reducible(&nested);
}

#[test]
fn a_loop_with_two_entries_gets_one() {
    let mut tangled = graph(&[&[1, 2], &[2, 3], &[1, 3], &[]]);
    let dispatchers = tangled.make_reducible();
    assert_eq!(dispatchers.len(), 1);
    assert_eq!(dispatchers[0].entries, [1, 2]);
    assert_eq!(dispatchers[0].edges, [(0, 0, 1), (0, 1, 2), (1, 0, 2), (2, 0, 1)]);
    assert_eq!(tangled.successors[4], [1, 2]);
    assert_reducible(&tangled);
}

#[test]
fn all_small_graphs_become_reducible() {
    // Five nodes of two successors each, none of which is the entry: every 97th such graph.
    for code in (0..4_u64.pow(10)).step_by(97) {
        let digit = |place: u32| 1 + (code / 4_u64.pow(place) % 4) as usize;
        let successors: Vec<Vec<usize>> =
            (0..5).map(|node| vec![digit(2 * node), digit(2 * node + 1)]).collect();
        let mut any = Graph { successors };
        any.make_reducible();
        assert_reducible(&any);
    }
}

#[test]
fn what_a_loop_leads_out_to_stands_behind_it() {
    // Two loops, one after the other, each left from its middle.
    let two = graph(&[&[1], &[2], &[1, 3], &[4], &[3, 5], &[]]);
    let shape = shape(&two);
    assert_eq!(shape.is_loop, [false, true, false, true, false, false]);
    assert_eq!(shape.exits[1], [3]);
    assert_eq!(shape.heads[2], [1]);
    assert_eq!(shape.heads[3], [3]);
    // The end is small, and stands where the one edge to it is.
    assert_eq!(shape.children[4], [5]);
}

#[test]
fn many_nodes_behind_one_another_are_put_together() {
    // A row of 40 nodes, each of which can be come to from the first as well.
    let n = 40;
    let mut successors = vec![(1..=n).collect::<Vec<usize>>()];
    successors.extend((1..=n).map(|node| if node < n { vec![node + 1] } else { Vec::new() }));
    let mut wide = Graph { successors };
    let before = shape(&wide).most_behind();
    let dispatchers = wide.make_shallow(&shape(&wide));
    assert_eq!(before, n - 1);
    assert!(!dispatchers.is_empty());
    assert!(shape(&wide).most_behind() < before / 2);
    assert_reducible(&wide);
}
