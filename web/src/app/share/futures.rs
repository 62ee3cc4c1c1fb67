//! Futures in a session that travels: each is a run of its own, and what is told beside it is its name, where it left another, and what
//! was changed there. Pages that know nothing of it show the run on screen alone.
//!
//! Absent on purpose: futures of another scenario. Nothing on the page makes one.

use sim_core::network::Input;
use sim_core::time::Instant;

use share::Bundle;

use crate::app::Model;
use crate::app::film::FilmTime;
use crate::app::future::{Branch, Changes, Future, Futures, MOST_FUTURES, Name};
use crate::app::session::Session;

/// What is told under these names: of each run, of where every future came from, and which is compared.
const RUNS: &str = "futures";
const LINEAGE: &str = "lineage";
const WITH: &str = "with";

/// The futures that travel beside the one on screen.
pub(super) fn kept(model: &Model) -> impl Iterator<Item = &Future> {
    let session = &model.session;
    let is_same =
        move |other: &&Future| other.session.scenario == session.scenario && other.session.seed == session.seed;
    model.time.futures.kept.iter().filter(is_same)
}

/// How many runs of a bundle are futures of one another; 1 where nothing is told of them.
pub(super) fn count(bundle: &Bundle) -> usize {
    if bundle.shown(RUNS).is_some() { bundle.runs.len().min(MOST_FUTURES) } else { 1 }
}

/// What is told of the futures, when there are several.
pub(super) fn write(model: &Model, view: &mut Vec<(String, String)>) {
    let futures = &model.time.futures;
    if kept(model).next().is_none() {
        return;
    }
    let mut runs = one(futures.shown, model.player.at, futures.branch.as_ref());
    for future in kept(model) {
        runs.push(';');
        runs.push_str(&one(future.name, future.at, future.branch.as_ref()));
    }
    let lineage: Vec<String> = futures.lineage().iter().map(|(from, facts)| format!("{} {facts}", from.0)).collect();
    view.push((RUNS.to_owned(), runs));
    view.push((LINEAGE.to_owned(), lineage.join(";")));
    view.extend(futures.with.map(|with| (WITH.to_owned(), with.0.to_string())));
}

fn one(name: Name, head: FilmTime, branch: Option<&Branch>) -> String {
    let mut text = format!("{} {:.0}", name.0, head.0.max(0.0));
    if let Some(branch) = branch {
        let (first, count) = (branch.first as u64, branch.changes.inputs().len() as u64);
        let instead = matches!(branch.changes, Changes::Instead(_));
        let numbers = [branch.facts as u64, branch.at.as_nanos(), first, count, u64::from(instead)];
        text.push_str(&format!(" {}", branch.from.0));
        numbers.iter().for_each(|number| text.push_str(&format!(" {number}")));
    }
    text
}

/// The futures that a bundle tells of, from its runs: the one on screen, and the others. `None` when nothing sensible is told.
pub(super) fn read(bundle: &Bundle, shown: &Session, others: Vec<Session>) -> Option<Futures> {
    let mut told = bundle.shown(RUNS)?.split(';');
    let (name, _, branch) = one_of(told.next()?, shown)?;
    let kept = others.into_iter().zip(told).map(|(session, text)| {
        let (name, at, branch) = one_of(text, &session)?;
        Some(Future { name, branch, session, at })
    });
    let kept = kept.collect::<Option<Vec<Future>>>()?;
    let lineage = bundle.shown(LINEAGE)?.split(';').map(|text| {
        let [from, facts] = numbers(text)?;
        Some((Name(u16::try_from(from).ok()?), usize::try_from(facts).ok()?))
    });
    let with = bundle.shown(WITH).and_then(|text| text.parse().ok()).map(Name);
    Futures::again((name, branch), kept, with, lineage.collect::<Option<_>>()?)
}

fn one_of(text: &str, session: &Session) -> Option<(Name, FilmTime, Option<Branch>)> {
    let mut words = text.splitn(3, ' ');
    let name = Name(words.next()?.parse().ok()?);
    let head: u64 = words.next()?.parse().ok()?;
    let branch = match words.next() {
        Some(text) => Some(branch_of(text, session)?),
        None => None,
    };
    Some((name, FilmTime(head as f64), branch))
}

fn branch_of(text: &str, session: &Session) -> Option<Branch> {
    let [from, facts, at, first, count, instead] = numbers(text)?;
    let [facts, first, count] = [facts, first, count].map(usize::try_from);
    let first = first.ok()?;
    let inputs = session.inputs.get(first..first.checked_add(count.ok()?)?)?;
    let inputs: Vec<Input> = inputs.iter().map(|(_, input)| input.clone()).collect();
    let changes = match (instead, <[Input; 1]>::try_from(inputs)) {
        (1, Ok([input])) => Changes::Instead(input),
        (_, Ok([input])) => Changes::Inputs(vec![input]),
        (_, Err(inputs)) => Changes::Inputs(inputs),
    };
    let facts = facts.ok()?.min(session.trace.facts().len());
    Some(Branch { from: Name(u16::try_from(from).ok()?), at: Instant::from_nanos(at), facts, first, changes })
}

/// So many numbers, and no more.
fn numbers<const N: usize>(text: &str) -> Option<[u64; N]> {
    let mut words = text.split(' ');
    let mut numbers = [0; N];
    for number in &mut numbers {
        *number = words.next()?.parse().ok()?;
    }
    words.next().is_none().then_some(numbers)
}
