//! How the network is looked at: the layers that are shown and what they are called, the nodes whose layers stand open, and where
//! each node is on the map.
//!
//! Absent on purpose: what is drawn (see `crate::view`).

use sim_core::layer::Layer;
use sim_core::network::Input;
use sim_core::order;
use sim_core::program::{Address, Step};
use sim_core::scenario::{Node, NodeKind, Scenario};
use sim_core::trace::{FrameId, NodeId};

use super::thing::{Selected, Thing};
use super::{Effect, Model};
use crate::view::layout::{self, Layout, Overrides};

/// What the model knows of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Look {
    /// What the layers are called.
    pub names: Names,
    /// The one layer that is shown; all where there is none.
    pub layer: Option<Layer>,
    /// The nodes whose layers stand open, the one that was opened last at the end.
    open: Vec<NodeId>,
    /// Where the nodes are.
    map: Layout,
    /// What the map was made of.
    made_of: (u64, Overrides),
}

/// A reference model: how many layers there are, and what they are called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Names {
    /// The seven of OSI (ISO/IEC 7498-1).
    #[default]
    Seven,
    /// The five of textbooks.
    Five,
    /// The four of the Internet (RFC 1122 §1.1.3).
    Four,
}

/// One layer of a reference model, and the layers of OSI that it stands for, from the top.
pub type Band = (u8, &'static [Layer]);

const SEVEN: [Band; 7] = [
    (7, &[Layer::Application]),
    (6, &[Layer::Presentation]),
    (5, &[Layer::Session]),
    (4, &[Layer::Transport]),
    (3, &[Layer::Network]),
    (2, &[Layer::DataLink]),
    (1, &[Layer::Physical]),
];

const UPPER: &[Layer] = &[Layer::Application, Layer::Presentation, Layer::Session];

const FIVE: [Band; 5] =
    [(5, UPPER), (4, &[Layer::Transport]), (3, &[Layer::Network]), (2, &[Layer::DataLink]), (1, &[Layer::Physical])];

const FOUR: [Band; 4] =
    [(4, UPPER), (3, &[Layer::Transport]), (2, &[Layer::Network]), (1, &[Layer::DataLink, Layer::Physical])];

impl Names {
    /// Every reference model, in the order of the menu.
    pub const ALL: [Names; 3] = [Names::Seven, Names::Five, Names::Four];

    /// The layers, from the top.
    pub const fn bands(self) -> &'static [Band] {
        match self {
            Names::Seven => &SEVEN,
            Names::Five => &FIVE,
            Names::Four => &FOUR,
        }
    }

    /// The layer that stands for one of OSI.
    pub fn band(self, layer: Layer) -> &'static Band {
        let bands = self.bands();
        bands.iter().find(|(_, layers)| layers.contains(&layer)).expect("every model has a place for each layer")
    }

    /// The model with so many layers.
    pub fn from_count(count: usize) -> Option<Names> {
        Names::ALL.into_iter().find(|names| names.bands().len() == count)
    }
}

/// What can happen to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Msg {
    /// Other names of the layers.
    Names(Names),
    /// The names of the next reference model.
    NextNames,
    /// One layer alone, or all.
    Layer(Option<Layer>),
    /// The next layer down alone; after the last, all.
    NextLayer,
    /// Open a node's layers.
    Open(NodeId),
    /// Drop a frame that is on its way at the moment on screen.
    Drop(FrameId),
}

/// Changes it by one message.
pub(super) fn update(model: &mut Model, msg: Msg, effects: &mut Vec<Effect>) {
    let look = &mut model.look;
    match msg {
        Msg::Names(names) => look.name(names),
        Msg::NextNames => {
            let next = Names::ALL.iter().position(|names| *names == look.names).map_or(0, |place| place + 1);
            look.name(Names::ALL[next % Names::ALL.len()]);
        }
        Msg::Layer(layer) => look.layer = layer,
        Msg::NextLayer => {
            let bands = look.names.bands();
            let next =
                look.layer.map_or(0, |layer| bands.iter().take_while(|band| !band.1.contains(&layer)).count() + 1);
            look.layer = bands.get(next).map(|(_, layers)| layers[0]);
        }
        Msg::Open(node) => {
            look.open(node);
            return;
        }
        Msg::Drop(frame) => {
            model.branch(vec![Input::DropFrame(frame)]);
            return;
        }
    }
    effects.push(Effect::KeepLook(look.to_text()));
}

/// The frame that is shown, when it is on its way at the moment on screen and could be dropped there.
pub fn droppable(model: &Model) -> Option<FrameId> {
    let frame = model.session.index.frame(model.shown_frame()?)?;
    let now = model.fact()?;
    let flies = frame.sent <= now && frame.is_open(now) && frame.real.is_none() && model.moment().at < frame.arrives_at;
    (flies && model.session.can_branch()).then_some(frame.id)
}

/// What follows from other changes of the model: a node that was chosen is opened, and another network has another map.
pub(super) fn follow(model: &mut Model, before: &Selected) {
    if let Some(Thing::Node(node)) = model.selected.thing
        && model.selected.thing != before.thing
    {
        model.look.open(node);
    }
    let overrides = &model.edit.places;
    let scenario = &model.session.scenario;
    let stamp = stamp(scenario);
    if (stamp, overrides) == (model.look.made_of.0, &model.look.made_of.1) && !model.look.map.is_empty() {
        return;
    }
    if stamp != model.look.made_of.0 {
        model.look.open = talkers(scenario);
    }
    model.look.map = layout::place(scenario, overrides);
    model.look.made_of = (stamp, overrides.clone());
}

impl Look {
    /// The nodes whose layers stand open: two, where there are two. The one that is more to the left on the map comes first.
    pub fn open_nodes(&self) -> Vec<NodeId> {
        let mut open = self.open.clone();
        order::sort_by(&mut open, |a, b| {
            let at = |node: &NodeId| self.map.share(*node);
            at(a).partial_cmp(&at(b)).unwrap_or(core::cmp::Ordering::Equal)
        });
        open
    }

    /// Whether a node's layers stand open.
    pub fn is_open(&self, node: NodeId) -> bool {
        self.open.contains(&node)
    }

    /// Where the nodes are on the map.
    pub fn map(&self) -> &Layout {
        &self.map
    }

    /// Whether a node does something at the layer that is shown.
    pub fn shows(&self, node: &Node) -> bool {
        self.layer.is_none_or(|layer| reach(node) >= layer)
    }

    /// What the choices of a visit are kept as.
    pub(super) fn to_text(&self) -> String {
        let layer = self.layer.map_or(0, Layer::number);
        format!("{} {layer}", self.names.bands().len())
    }

    /// Takes over what an earlier visit has kept; what cannot be read changes nothing.
    pub fn restore(&mut self, text: &str) {
        let mut numbers = text.split(' ').map(str::parse::<usize>);
        if let (Some(Ok(count)), Some(Ok(number))) = (numbers.next(), numbers.next())
            && let Some(names) = Names::from_count(count)
        {
            self.layer = Layer::TOP_DOWN.into_iter().find(|layer| usize::from(layer.number()) == number);
            self.name(names);
        }
    }

    fn name(&mut self, names: Names) {
        self.names = names;
        // What is one layer in this model has one choice.
        self.layer = self.layer.map(|layer| names.band(layer).1[0]);
    }

    /// Opens a node's layers; of more than two, those that were opened first are closed.
    fn open(&mut self, node: NodeId) {
        if usize::from(node.0) >= self.map.len() {
            return;
        }
        self.open.retain(|open| *open != node);
        self.open.push(node);
        let many = self.open.len().saturating_sub(2);
        self.open.drain(..many);
    }
}

/// The highest layer at which a node does something.
pub fn reach(node: &Node) -> Layer {
    match node.kind {
        NodeKind::Switch => Layer::DataLink,
        _ if !node.programs.is_empty() => Layer::Application,
        // Ports are the transport layer's: who rewrites them acts there.
        NodeKind::Router if node.nat.is_some() => Layer::Transport,
        NodeKind::Router => Layer::Network,
        NodeKind::Host | NodeKind::Gateway => Layer::Application,
    }
}

/// The two that talk: the first program that names an address of another node, and that node; else the first two with programs of
/// their own.
fn talkers(scenario: &Scenario) -> Vec<NodeId> {
    let numbered = || (0..).map(NodeId).zip(&scenario.nodes);
    let owner = |address: &Address| {
        let Address::Inet(address) = address else { return None };
        let owns = |node: &Node| {
            node.interfaces.iter().flat_map(|interface| &interface.addresses).any(|own| own.ip == address.ip())
        };
        numbered().find(|(_, node)| owns(node)).map(|(number, _)| number)
    };
    let named = |node: &Node| {
        let mut steps =
            node.programs.iter().filter_map(|program| program.what.script()).flat_map(|script| &script.steps);
        steps.find_map(|(_, step)| match step {
            Step::Connect(_, to) | Step::SendTo(_, _, to) => owner(to),
            _ => None,
        })
    };
    let pair = numbered()
        .find_map(|(number, node)| named(node).filter(|other| *other != number).map(|other| vec![number, other]));
    pair.unwrap_or_else(|| {
        let mut all: Vec<(NodeId, &Node)> = numbered().collect();
        order::sort_by_key(&mut all, |(_, node)| core::cmp::Reverse(reach(node)));
        all.into_iter().take(2).map(|(number, _)| number).collect()
    })
}

/// A number that is another for another network: 64-bit FNV-1a over names, kinds and links.
fn stamp(scenario: &Scenario) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |byte: u8| hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    for node in &scenario.nodes {
        node.name.bytes().for_each(&mut add);
        add(0xff);
        add(reach(node).number());
    }
    for node in scenario.links.iter().flat_map(|link| link.nodes()) {
        node.0.to_le_bytes().into_iter().for_each(&mut add);
    }
    hash
}
