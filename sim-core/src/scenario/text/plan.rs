//! What is to happen from outside, and when: lines that begin with `at`.
//!
//! Absent on purpose: the doing of it ([`crate::scenario::Experiment`]).

use crate::order;
use crate::scenario::{Faults, Link, NodeKind, Planned, check_properties};
use crate::time::Instant;
use crate::trace::{FrameId, LinkId, NodeId};

use super::cursor::{Cursor, shortened};
use super::lex::Item;
use super::link::{attribute, is_property};
use super::{Mistake, Reader, Wrong, nearest, no_children, settings};

#[derive(Clone, Copy)]
enum Verb {
    Set,
    Cut,
    Mend,
    Drop,
    Kill,
    Inject,
}

const VERBS: [(&str, Verb); 6] = [
    ("set", Verb::Set),
    ("cut", Verb::Cut),
    ("mend", Verb::Mend),
    ("drop", Verb::Drop),
    ("kill", Verb::Kill),
    ("inject", Verb::Inject),
];

impl<'a> Reader<'a> {
    pub(super) fn read_plans(&mut self, items: &[&'a Item<'a>]) {
        for item in items {
            let planned = self.plan(item);
            let planned = self.note(planned);
            self.experiment.inputs.extend(planned.into_iter().flatten());
        }
        order::sort_by_key(&mut self.experiment.inputs, |(at, _)| *at);
    }

    fn plan(&self, item: &Item<'_>) -> Result<Vec<(Instant, Planned)>, Mistake> {
        let mut line = Cursor::new(item)?;
        line.keyword("at")?;
        let at = Instant::ZERO + line.duration("time")?;
        let verb = line.choice("`set`, `cut`, `mend`, `drop`, `kill` or `inject`", &VERBS)?;
        let planned = match verb {
            Verb::Set => match self.host_set(&mut line)? {
                Some(planned) => vec![planned],
                None => self.set(&mut line)?,
            },
            Verb::Cut | Verb::Mend => self.cable(matches!(verb, Verb::Cut), &mut line)?,
            Verb::Drop => {
                line.keyword("frame")?;
                vec![Planned::Drop(FrameId(line.number("number of a frame", "12")?))]
            }
            Verb::Kill => vec![self.kill(&mut line)?],
            Verb::Inject => vec![self.inject(&mut line)?],
        };
        line.finish()?;
        no_children(item)?;
        Ok(planned.into_iter().map(|planned| (at, planned)).collect())
    }

    /// `a tcp …`: other settings of a host; what is not said is as on the host's own lines. `None` where no settings follow.
    fn host_set(&self, line: &mut Cursor) -> Result<Option<Planned>, Mistake> {
        let mut behind = line.clone();
        let word = behind.word("a node's name")?;
        if !settings::begin(&behind, |name| self.names.contains_key(name)) {
            return Ok(None);
        }
        *line = behind;
        let id = self.node_named(word.name(), line)?;
        let node = &self.experiment.scenario.nodes[usize::from(id.0)];
        if matches!(node.kind, NodeKind::Gateway | NodeKind::Switch) {
            return Err(line.wrong_before(Wrong::NoSettings));
        }
        let mut set = node.settings;
        settings::read(&mut set, line)?;
        Ok(Some(Planned::Host(id, set)))
    }

    /// Other properties of a link, or other faults; what is not said of its properties is as on the link's own line.
    fn set(&self, line: &mut Cursor) -> Result<Vec<Planned>, Mistake> {
        let (id, ends) = self.link_named(line)?;
        let before = &self.experiment.scenario.links[usize::from(id.0)];
        let (mut link, mut faults) = (before.clone(), Faults::default());
        let (mut says_link, mut says_faults) = (false, false);
        if line.is_done() {
            return Err(line.expected("a rate, a delay or a fault", []));
        }
        while !line.is_done() {
            *(if is_property(line) { &mut says_link } else { &mut says_faults }) = true;
            attribute(&mut link, &mut faults, line)?;
        }
        check_properties(id, [link.delay, link.jitter], link.queue)
            .and_then(|()| faults.check(id))
            .map_err(|error| line.wrong_before(error))?;
        let mut planned = Vec::new();
        if says_link {
            let Link { rate, delay, jitter, queue, .. } = link;
            planned.push(Planned::Link { link: id, rate, delay, jitter, queue });
        }
        if says_faults {
            planned.extend(ends.into_iter().map(|end| Planned::Faults(id, end, faults.clone())));
        }
        Ok(planned)
    }

    /// A cable is cut, or as it was in the beginning.
    fn cable(&self, cut: bool, line: &mut Cursor) -> Result<Vec<Planned>, Mistake> {
        let (id, ends) = self.link_named(line)?;
        let link = &self.experiment.scenario.links[usize::from(id.0)];
        let faults = |end: u8| Faults { down: cut, ..link.faults[usize::from(end)].clone() };
        Ok(ends.into_iter().map(|end| Planned::Faults(id, end, faults(end))).collect())
    }

    /// `a b` or `a->b`: a link, and the ends that frames of these directions leave from.
    fn link_named(&self, line: &mut Cursor) -> Result<(LinkId, Vec<u8>), Mistake> {
        line.take("link");
        let word = line.word("a node's name")?;
        let from = self.end_named(&word, line)?;
        let one_way = line.take("->");
        let word = line.word("a node's name")?;
        let to = self.end_named(&word, line)?;
        let (id, reversed) = self.link_between(&from, &to, line)?;
        Ok((id, if one_way { vec![u8::from(reversed)] } else { vec![0, 1] }))
    }

    /// The link between two ends, and whether it is written the other way round.
    fn link_between(
        &self,
        from: &(NodeId, Option<String>),
        to: &(NodeId, Option<String>),
        line: &Cursor,
    ) -> Result<(LinkId, bool), Mistake> {
        let scenario = &self.experiment.scenario;
        let fits = |end: &crate::scenario::End, wanted: &(NodeId, Option<String>)| {
            let node = &scenario.nodes[usize::from(end.node.0)];
            let name = node.interfaces.get(usize::from(end.interface)).map(|interface| interface.name.clone());
            let name = name.unwrap_or_else(|| end.interface.to_string());
            end.node == wanted.0 && wanted.1.as_ref().is_none_or(|wanted| *wanted == name)
        };
        let mut found = (0..).zip(&scenario.links).filter_map(|(index, link)| {
            let [a, b] = &link.ends;
            let straight = fits(a, from) && fits(b, to);
            (straight || fits(b, from) && fits(a, to)).then_some((LinkId(index), !straight))
        });
        match (found.next(), found.next()) {
            (Some(link), None) => Ok(link),
            (None, _) => Err(line.wrong_before(Wrong::NoLink)),
            (Some(_), Some(_)) => Err(line.wrong_before(Wrong::SeveralLinks)),
        }
    }

    fn kill(&self, line: &mut Cursor) -> Result<Planned, Mistake> {
        let name = line.name("a node's name")?;
        let id = self.node_named(&name, line)?;
        let name = line.name("a program's name")?;
        let programs = &self.experiment.scenario.nodes[usize::from(id.0)].programs;
        if !programs.iter().any(|program| *program.what.name() == *name) {
            let names: Vec<_> = programs.iter().map(|program| program.what.name()).collect();
            let near = nearest(&name, names.iter().map(|name| &**name));
            return Err(line.wrong_before(Wrong::NoProgram { name: shortened(&name), near }));
        }
        Ok(Planned::Kill(id, name.into()))
    }

    fn inject(&self, line: &mut Cursor) -> Result<Planned, Mistake> {
        let name = line.name("a node's name")?;
        let id = self.node_named(&name, line)?;
        let word = line.word("the frame's bytes")?;
        let bytes = if word.quoted { Some(word.text.clone()) } else { hexadecimal(word.name()) };
        let bytes = bytes
            .filter(|bytes| (14..=1514).contains(&bytes.len()))
            .ok_or_else(|| line.wrong_before(Wrong::FrameBytes))?;
        Ok(Planned::Frame(id, bytes.into()))
    }
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let text = text.strip_prefix("0x").unwrap_or(text).as_bytes();
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let pair = |pair: &[u8]| Some((digit(pair.first()?)? * 16 + digit(pair.get(1)?)?) as u8);
    text.chunks(2).map(pair).collect()
}
