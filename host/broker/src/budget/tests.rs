use std::sync::atomic::{AtomicBool, Ordering};

use proptest::prelude::*;

use super::{Account, Reservation};

#[test]
fn what_is_set_aside_is_spent_or_free_again() {
    let account = Account::new(Some(1.0));
    let one = account.try_reserve(0.6).expect("there is enough");
    let error = account.try_reserve(0.5).expect_err("0.4 are left");
    assert_eq!(error.to_string(), "it may cost 0.5, and of the 1 of the account 0 are spent");
    assert_eq!(one.book(0.25), 0.25);
    assert_eq!((account.spent(), account.promised()), (0.25, 0.0));
    drop(account.try_reserve(0.75).expect("the rest is free again, to the last part"));
    assert_eq!((account.spent(), account.promised()), (0.25, 0.0));
}

#[test]
fn no_more_is_spent_than_was_set_aside() {
    let account = Account::new(Some(1.0));
    assert_eq!(account.try_reserve(0.5).expect("there is enough").book(0.75), 0.5);
    assert_eq!(account.spent(), 0.5);
}

#[test]
fn all_accounts_of_the_line_agree_or_none_is_touched() {
    let tenant = Account::named("tenant `acme`", Some(1.0));
    let (first, second) = (tenant.under(Some(0.8)), tenant.under(Some(0.8)));
    let held = first.try_reserve(0.7).expect("both have enough");
    assert_eq!((tenant.promised(), first.promised()), (0.7, 0.7));
    let error = second.try_reserve(0.4).expect_err("the tenant has 0.3 left");
    assert_eq!((error.account.as_str(), error.asked, error.limit), ("tenant `acme`", 0.4, 1.0));
    assert_eq!((second.promised(), tenant.promised()), (0.0, 0.7));
    let error = first.try_reserve(0.2).expect_err("the request has 0.1 left");
    assert_eq!(error.account, "the request");
    held.book(0.1);
    assert_eq!((tenant.spent(), first.spent(), second.spent()), (0.1, 0.1, 0.0));
}

#[test]
fn sums_are_exact_whatever_the_order() {
    let account = Account::new(Some(1.0));
    for _ in 0..10 {
        account.try_reserve(0.1).expect("ten tenths fit").book(0.1);
    }
    assert_eq!(account.spent(), 1.0);
    assert!(account.try_reserve(1e-12).is_err());
    assert_eq!(account.try_reserve(0.0).expect("nothing always fits").book(1.0), 0.0);
}

#[test]
fn odd_amounts_never_open_an_account() {
    let account = Account::new(Some(1.0));
    assert!(account.try_reserve(f64::INFINITY).is_err());
    assert!(account.try_reserve(f64::MAX).is_err());
    account.try_reserve(f64::NAN).expect("no number is nothing").book(f64::NAN);
    account.try_reserve(-5.0).expect("less than nothing is nothing").book(-5.0);
    account.try_reserve(0.5).expect("there is enough").book(-5.0);
    assert_eq!((account.spent(), account.promised()), (0.0, 0.0));
    assert!(Account::new(Some(f64::NAN)).try_reserve(1e-9).is_err());
}

#[tokio::test]
async fn whoever_may_still_fit_waits_and_whoever_cannot_is_refused() {
    let account = Account::new(Some(1.0));
    let held = account.try_reserve(0.9).expect("there is enough");
    let waiting = tokio::spawn({
        let account = account.clone();
        async move { account.reserve(0.5).await.map(|reservation| reservation.book(0.5)) }
    });
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    held.book(0.2);
    assert_eq!(waiting.await.expect("no panic"), Ok(0.5));
    account.reserve(0.4).await.expect_err("0.3 are left, and nobody is to free more");
}

#[tokio::test]
async fn whoever_stops_waiting_leaves_nothing_behind() {
    let account = Account::new(Some(1.0));
    let held = account.try_reserve(1.0).expect("there is enough");
    let waiting = tokio::spawn({
        let account = account.clone();
        async move { account.reserve(0.5).await.map(drop) }
    });
    tokio::task::yield_now().await;
    waiting.abort();
    assert!(waiting.await.expect_err("it was stopped").is_cancelled());
    drop(held);
    assert_eq!((account.spent(), account.promised()), (0.0, 0.0));
}

/// Many requests of two tenants under one roof, all at once, while somebody looks on: no limit is exceeded at any
/// moment, what is spent in an account is what was spent below it, and whatever fits on what is spent gets its turn.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn limits_hold_in_a_race() {
    let roof = Account::named("the roof", Some(5.0));
    let tenants = [roof.under(Some(4.0)), roof.under(Some(2.0))];
    let mut tasks = Vec::new();
    for n in 0..1000usize {
        let tenant = tenants[n % 2].clone();
        tasks.push(tokio::spawn(async move {
            let request = tenant.under(Some(0.05));
            let mut spent = 0.0;
            for step in 0..4usize {
                let Ok(reservation) = request.reserve(0.02).await else { break };
                assert!(request.spent() + request.promised() <= 0.05);
                tokio::task::yield_now().await;
                match (n + step) % 3 {
                    0 => drop(reservation),
                    1 => spent += reservation.book(0.02),
                    _ => spent += reservation.book(0.005),
                }
            }
            (request.spent(), spent)
        }));
    }
    let is_over = std::sync::Arc::new(AtomicBool::new(false));
    let watcher = std::thread::spawn({
        let (is_over, roof, tenants) = (is_over.clone(), roof.clone(), tenants.clone());
        move || {
            let mut looks = 0u64;
            while !is_over.load(Ordering::Relaxed) {
                for account in std::iter::once(&roof).chain(&tenants) {
                    let sums = *account.sums();
                    let limit = account.inner.limit.expect("all have a limit");
                    assert!(sums.spent + sums.promised <= limit, "{sums:?} of {limit}");
                }
                looks += 1;
            }
            looks
        }
    });
    let mut total = 0.0;
    for task in tasks {
        let (said, booked) = task.await.expect("no panic");
        assert!((said - booked).abs() < 1e-9);
        total += said;
    }
    is_over.store(true, Ordering::Relaxed);
    assert!(watcher.join().expect("no limit was exceeded") > 0);
    let below: f64 = tenants.iter().map(Account::spent).sum();
    assert!((roof.spent() - below).abs() < 1e-9 && (roof.spent() - total).abs() < 1e-9);
    assert_eq!(roof.promised(), 0.0);
    // So much was asked for that what is left is less than one more call could have cost.
    assert!(roof.spent() > 5.0 - 0.02 && roof.spent() <= 5.0, "{}", roof.spent());
}

/// Two requests of one tenant, each of which takes more than half of what the tenant has.
#[test]
fn what_fits_only_once_is_given_only_once() {
    let tenant = Account::new(Some(1.0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                // A long line of accounts: whoever does not look at all of them at once has time to be overtaken.
                let request = (0..100).fold(tenant.clone(), |above, _| above.under(None));
                for _ in 0..10_000 {
                    let Ok(reservation) = request.try_reserve(0.6) else { continue };
                    // Held for a while, so that another one that was given at the same moment shows.
                    (0..200).for_each(|_| std::hint::spin_loop());
                    let promised = tenant.promised();
                    drop(reservation);
                    assert!(promised <= 1.0, "{promised}");
                }
            });
        }
    });
    assert_eq!((tenant.spent(), tenant.promised()), (0.0, 0.0));
}

#[derive(Clone, Debug)]
enum Step {
    Reserve { account: usize, amount: f64 },
    Book { held: usize, cost: f64 },
    Drop { held: usize },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..4usize, 0.0..0.7f64).prop_map(|(account, amount)| Step::Reserve { account, amount }),
        (any::<usize>(), 0.0..1.0f64).prop_map(|(held, cost)| Step::Book { held, cost }),
        any::<usize>().prop_map(|held| Step::Drop { held }),
    ]
}

proptest! {
    /// Four accounts (a roof, two under it, one under one of these) do what plain sums do.
    #[test]
    fn accounts_do_what_plain_sums_do(steps in proptest::collection::vec(step(), 0..60)) {
        let roof = Account::new(Some(2.0));
        let left = roof.under(Some(1.5));
        let accounts = [roof.clone(), left.clone(), roof.under(None), left.under(Some(0.9))];
        let lines: [&[usize]; 4] = [&[0], &[1, 0], &[2, 0], &[3, 1, 0]];
        let limits = [2.0, 1.5, f64::INFINITY, 0.9];
        let mut sums = [(0.0, 0.0); 4];
        let mut held: Vec<(usize, Reservation)> = Vec::new();
        for step in steps {
            match step {
                Step::Reserve { account, amount } => {
                    let room = |idx: &usize| limits[*idx] - sums[*idx].0 - sums[*idx].1 - amount;
                    let least = lines[account].iter().map(room).fold(f64::INFINITY, f64::min);
                    // Plain sums are not exact: what is too close to tell is left out.
                    prop_assume!(least.abs() > 1e-9);
                    let reservation = accounts[account].try_reserve(amount);
                    prop_assert_eq!(reservation.is_ok(), least > 0.0);
                    if let Ok(reservation) = reservation {
                        lines[account].iter().for_each(|idx| sums[*idx].1 += amount);
                        held.push((account, reservation));
                    }
                }
                Step::Book { held: n, cost } if !held.is_empty() => {
                    let (account, reservation) = held.swap_remove(n % held.len());
                    let amount = reservation.amount();
                    let booked = reservation.book(cost);
                    prop_assert!((booked - cost.min(amount)).abs() < 1e-9);
                    for idx in lines[account] {
                        sums[*idx].0 += booked;
                        sums[*idx].1 -= amount;
                    }
                }
                Step::Drop { held: n } if !held.is_empty() => {
                    let (account, reservation) = held.swap_remove(n % held.len());
                    lines[account].iter().for_each(|idx| sums[*idx].1 -= reservation.amount());
                    drop(reservation);
                }
                Step::Book { .. } | Step::Drop { .. } => {}
            }
            for (account, (spent, promised)) in accounts.iter().zip(sums) {
                prop_assert!((account.spent() - spent).abs() < 1e-9);
                prop_assert!((account.promised() - promised).abs() < 1e-9);
            }
        }
    }
}
