//! Threads of a program are threads of its process.

use sim_core::trace::What;

use crate::harness::*;

#[test]
fn each_thread_waits_in_its_own_call() {
    let program = "\
import _host
def tick(name, pause):
    for n in range(3):
        _host.sleep(pause)
        print(name, n)
_host.spawn(tick, ('a', 0.2), 'slow')
_host.spawn(tick, ('b', 0.1), 'quick')
_host.sleep(1)
print('main')
";
    let run = Run::new(&one_host(&[("p", program)])).until(at(10_000));
    // Of one moment, whoever began to wait first goes on first.
    assert_eq!(
        run.told(),
        ["quick: b 0", "slow: a 0", "quick: b 1", "quick: b 2", "slow: a 1", "slow: a 2", "p.py: main", "p.py: exit 0"]
    );
    let threads = run.facts().iter().filter(|fact| fact.contains("p.py thread of p0")).count();
    assert_eq!(threads, 2);
}

#[test]
fn a_thread_that_parks_is_woken_by_another_or_by_its_time() {
    let program = "\
import _host
main = _host.ident()
def wake():
    _host.sleep(0.5)
    _host.unpark(main)
_host.spawn(wake, ())
print(_host.park(5, 'news'), _host.park(0.25, 'more'))
";
    let run = Run::new(&one_host(&[("p", program)])).until(at(10_000));
    assert_eq!(run.printed("p"), ["True False", "exit 0"]);
    let parked = run.facts().iter().any(|fact| fact == "Called p0 line 7 futex(FUTEX_WAIT, news, 5000000000ns)");
    assert!(parked, "{:#?}", run.facts());
}

#[test]
fn a_lock_that_nobody_gives_back_is_a_deadlock() {
    let program = "import _host\nprint('before')\n_host.park(None, 'the lock')\n";
    let run = Run::new(&one_host(&[("p", program)])).until(at(10_000));
    assert_eq!(run.standing().deadlock().as_deref(), Some("p.py waits in the lock at line 3"));
    assert!(run.network.is_stuck());
}

#[test]
fn lines_are_told_by_the_thread_that_ran_them() {
    let program = "\
import _host
def other():
    x = 1
    _host.sleep(1)
_host.spawn(other, ())
_host.sleep(0.5)
y = 2
";
    let run = Run::new(&one_host(&[("p", program)])).until(at(10_000));
    let of_thread = run.trace.facts().iter().find_map(|fact| match &fact.what {
        What::Ran { process, lines, .. } if *process == sim_core::trace::ProcessId::FIRST_THREAD => {
            Some(lines.to_vec())
        }
        _ => None,
    });
    assert_eq!(of_thread, Some(vec![3, 4]));
}
