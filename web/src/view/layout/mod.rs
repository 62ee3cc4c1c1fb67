//! Places of nodes on a map: a pure function of the scenario, the same on every machine and at every visit.
//!
//! A chain is a line that turns around where it is long; a tree grows to both sides from the middle of its longest way, so that a
//! dumbbell looks like one; what has loops is laid so that near nodes are near (`stress`). Parts that no link joins stand
//! beside each other. Places are shares of the map's width and height, and somebody may say others.
//!
//! Absent on purpose: pixels and labels (see [`super::stage`]), and chance.

mod stress;
mod tree;

use sim_core::order;
use std::collections::BTreeMap;

use sim_core::scenario::Scenario;
use sim_core::trace::NodeId;

use super::scene::Rect;

/// Places that somebody has given to nodes: shares of the map's width and height, 0 to 1.
pub type Overrides = BTreeMap<NodeId, (f64, f64)>;

/// More nodes than this are laid out in rows, in their order: nobody could follow links between them.
const MOST: usize = 1_500;

/// Where the nodes of a network are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Layout {
    /// Of each node: shares of the map's width and height.
    places: Vec<(f64, f64)>,
    /// How many nodes stand beside and under each other: what width and height the map needs, in nodes.
    cells: (f64, f64),
}

/// Points in cells, one for each node of a part.
type Points = Vec<(f64, f64)>;

/// The layout of a network, with the places that somebody has given.
pub fn place(scenario: &Scenario, overrides: &Overrides) -> Layout {
    let graph = Graph::of(scenario);
    let mut points = vec![(0.0, 0.0); graph.neighbours.len()];
    let cells = shelve(&graph, &mut points);
    let share = |at: f64, cells: f64| (at + 0.5) / cells;
    let mut places: Points = points.into_iter().map(|(x, y)| (share(x, cells.0), share(y, cells.1))).collect();
    for (node, (x, y)) in overrides {
        if let Some(place) = places.get_mut(usize::from(node.0)) {
            *place = (x.clamp(0.0, 1.0), y.clamp(0.0, 1.0));
        }
    }
    Layout { places, cells }
}

impl Layout {
    /// How many nodes stand beside each other, and under each other.
    pub fn cells(&self) -> (f64, f64) {
        self.cells
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Where a node is: shares of the map's width and height.
    pub fn share(&self, node: NodeId) -> Option<(f64, f64)> {
        self.places.get(usize::from(node.0)).copied()
    }

    /// The centre of each node on a map in this area, where each keeps `margin` from the edges. A map that is `upright` has
    /// its columns as rows.
    pub fn fit(&self, area: Rect, margin: (f64, f64), upright: bool) -> Points {
        let room = Rect::new(
            area.x + margin.0,
            area.y + margin.1,
            (area.width - 2.0 * margin.0).max(0.0),
            (area.height - 2.0 * margin.1).max(0.0),
        );
        let (columns, rows) = if upright { (self.cells.1, self.cells.0) } else { self.cells };
        // The outermost nodes stand at the margin, not half a cell inside of it.
        let spread = |share: f64, cells: f64| {
            if cells > 1.0 { ((share * cells - 0.5) / (cells - 1.0)).clamp(0.0, 1.0) } else { share }
        };
        let at = |&(x, y): &(f64, f64)| {
            let (x, y) = if upright { (y, x) } else { (x, y) };
            (room.x + room.width * spread(x, columns), room.y + room.height * spread(y, rows))
        };
        self.places.iter().map(at).collect()
    }
}

/// Who is joined with whom.
struct Graph {
    neighbours: Vec<Vec<usize>>,
}

impl Graph {
    fn of(scenario: &Scenario) -> Graph {
        let mut neighbours = vec![Vec::new(); scenario.nodes.len()];
        for link in &scenario.links {
            let [a, b] = link.nodes().map(|node| usize::from(node.0));
            if a != b && a < neighbours.len() && b < neighbours.len() {
                neighbours[a].push(b);
                neighbours[b].push(a);
            }
        }
        for list in &mut neighbours {
            order::sort(list);
            list.dedup();
        }
        Graph { neighbours }
    }

    /// How far each node is from one, in links; `None` where no way leads.
    fn distances(&self, from: usize) -> Vec<Option<u16>> {
        let mut distances = vec![None; self.neighbours.len()];
        distances[from] = Some(0);
        let mut queue = std::collections::VecDeque::from([(from, 0)]);
        while let Some((node, far)) = queue.pop_front() {
            for &next in &self.neighbours[node] {
                if distances[next].is_none() {
                    distances[next] = Some(far + 1);
                    queue.push_back((next, far + 1));
                }
            }
        }
        distances
    }

    /// The parts that no link joins, each with its nodes in order.
    fn parts(&self) -> Vec<Vec<usize>> {
        let mut seen = vec![false; self.neighbours.len()];
        let mut parts = Vec::new();
        for node in 0..seen.len() {
            if seen[node] {
                continue;
            }
            let reached = self.distances(node);
            let part: Vec<usize> = (0..seen.len()).filter(|other| reached[*other].is_some()).collect();
            part.iter().for_each(|node| seen[*node] = true);
            parts.push(part);
        }
        parts
    }

    fn links(&self, part: &[usize]) -> usize {
        part.iter().map(|node| self.neighbours[*node].len()).sum::<usize>() / 2
    }
}

/// Puts the parts beside each other, and in rows where they are many. Gives the width and height of all.
fn shelve(graph: &Graph, points: &mut Points) -> (f64, f64) {
    if points.len() > MOST {
        return rows(points);
    }
    let parts: Vec<(Vec<usize>, Points, (f64, f64))> = graph
        .parts()
        .into_iter()
        .map(|part| {
            let (places, size) = arrange(graph, &part);
            (part, places, size)
        })
        .collect();
    let area: f64 = parts.iter().map(|(_, _, size)| size.0 * size.1).sum();
    let widest = parts.iter().map(|(_, _, size)| size.0).fold((area * 2.0).sqrt().ceil(), f64::max);
    let (mut x, mut y, mut tallest, mut used) = (0.0, 0.0, 0.0_f64, 0.0_f64);
    for (part, places, size) in parts {
        if x > 0.0 && x + size.0 > widest {
            (x, y, tallest) = (0.0, y + tallest, 0.0);
        }
        for (node, place) in part.into_iter().zip(places) {
            points[node] = (x + place.0, y + place.1);
        }
        x += size.0;
        used = used.max(x);
        tallest = tallest.max(size.1);
    }
    (used.max(1.0), (y + tallest).max(1.0))
}

/// The places of a part's nodes from (0, 0) on, and its width and height, in cells.
fn arrange(graph: &Graph, part: &[usize]) -> (Points, (f64, f64)) {
    let mut points = match part.len() {
        1 => vec![(0.0, 0.0)],
        nodes if graph.links(part) < nodes => tree::arrange(graph, part),
        _ => stress::arrange(graph, part),
    };
    let least = points.iter().fold((f64::MAX, f64::MAX), |least, at| (least.0.min(at.0), least.1.min(at.1)));
    let mut most = (0.0_f64, 0.0_f64);
    for point in &mut points {
        *point = (point.0 - least.0, point.1 - least.1);
        most = (most.0.max(point.0), most.1.max(point.1));
    }
    (points, (most.0 + 1.0, most.1 + 1.0))
}

/// All nodes in rows, in their order.
fn rows(points: &mut Points) -> (f64, f64) {
    let columns = (points.len() as f64 * 2.0).sqrt().ceil() as usize;
    for (node, point) in points.iter_mut().enumerate() {
        *point = ((node % columns) as f64, (node / columns) as f64);
    }
    (columns as f64, points.len().div_ceil(columns) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::time::Duration;
    use sim_core::scenario::{Link, Node, NodeKind};

    /// A network of so many nodes with these links.
    fn network(nodes: usize, links: &[(u16, u16)]) -> Scenario {
        let node = |place: usize| {
            let ip = core::net::Ipv4Addr::from_bits(0x0a00_0001 + place as u32);
            Node::with_interface(&format!("n{place}"), NodeKind::Host, [2, 0, 0, 0, 0, 1], ip, 8)
        };
        let link = |&(a, b): &(u16, u16)| Link::between(NodeId(a), NodeId(b), 0, Duration::ZERO, 1);
        Scenario {
            nodes: (0..nodes).map(node).collect(),
            links: links.iter().map(link).collect(),
            ..Scenario::default()
        }
    }

    /// The columns and rows in which the nodes stand, to the nearest half.
    fn cells(scenario: &Scenario) -> Vec<(f64, f64)> {
        let layout = place(scenario, &Overrides::new());
        let (columns, rows) = layout.cells;
        let half = |at: f64| (at * 2.0).round() / 2.0;
        layout.places.iter().map(|(x, y)| (half(x * columns - 0.5), half(y * rows - 0.5))).collect()
    }

    /// The least distance of two nodes, in cells.
    fn nearest(layout: &Layout) -> f64 {
        let at: Vec<_> = layout.places.iter().map(|(x, y)| (x * layout.cells.0, y * layout.cells.1)).collect();
        let mut least = f64::MAX;
        for (place, one) in at.iter().enumerate() {
            for other in &at[place + 1..] {
                least = least.min((one.0 - other.0).hypot(one.1 - other.1));
            }
        }
        least
    }

    #[test]
    fn two_nodes_and_a_chain_stand_in_a_line() {
        assert_eq!(cells(&network(2, &[(0, 1)])), [(0.0, 0.0), (1.0, 0.0)]);
        let chain = network(4, &[(0, 1), (1, 2), (2, 3)]);
        assert_eq!(cells(&chain), [(0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (3.0, 0.0)]);
    }

    #[test]
    fn a_long_chain_turns_around() {
        let links: Vec<(u16, u16)> = (0..11).map(|node| (node, node + 1)).collect();
        let places = cells(&network(12, &links));
        assert!(places.iter().all(|(x, _)| *x <= 5.0), "{places:?}");
        for pair in places.windows(2) {
            assert_eq!((pair[0].0 - pair[1].0).abs() + (pair[0].1 - pair[1].1).abs(), 1.0, "{places:?}");
        }
    }

    #[test]
    fn a_dumbbell_has_its_ends_in_columns() {
        // a1, a2, left, right, b1, b2
        let places = cells(&network(6, &[(0, 2), (1, 2), (2, 3), (3, 4), (3, 5)]));
        let columns: Vec<f64> = places.iter().map(|place| place.0).collect();
        assert_eq!(columns, [0.0, 0.0, 1.0, 2.0, 3.0, 3.0]);
        let rows: Vec<f64> = places.iter().map(|place| place.1).collect();
        assert_eq!(rows, [0.0, 1.0, 0.5, 0.5, 0.0, 1.0]);
    }

    #[test]
    fn a_star_has_its_switch_in_the_middle() {
        let places = cells(&network(6, &[(0, 5), (1, 5), (2, 5), (3, 5), (4, 5)]));
        assert_eq!(places[5], (1.0, 1.0), "{places:?}");
        assert_eq!(places.iter().filter(|place| place.0 == 0.0).count(), 3);
        assert_eq!(places.iter().filter(|place| place.0 == 2.0).count(), 2);
    }

    #[test]
    fn a_crowd_at_one_switch_stands_in_a_block() {
        let links: Vec<(u16, u16)> = (1..200).map(|node| (0, node)).collect();
        let layout = place(&network(200, &links), &Overrides::new());
        assert!(layout.cells.0 < 40.0 && layout.cells.1 < 40.0, "{:?}", layout.cells);
        assert!(nearest(&layout) >= 0.9, "{}", nearest(&layout));
    }

    #[test]
    fn what_has_loops_is_spread_and_joined_nodes_are_near() {
        let links = [
            (0, 1),
            (1, 2),
            (2, 3),
            (3, 0),
            (3, 4),
            (4, 5),
            (5, 6),
            (6, 3),
            (6, 7),
            (7, 8),
            (8, 9),
            (9, 10),
            (10, 11),
            (11, 0),
        ];
        let layout = place(&network(12, &links), &Overrides::new());
        assert!(nearest(&layout) > 0.6, "{} {:?}", nearest(&layout), layout.places);
        let far = |a: usize, b: usize| {
            let ((ax, ay), (bx, by)) = (layout.places[a], layout.places[b]);
            ((ax - bx) * layout.cells.0).hypot((ay - by) * layout.cells.1)
        };
        let longest = links.iter().map(|(a, b)| far(usize::from(*a), usize::from(*b))).fold(0.0, f64::max);
        assert!(longest < 3.0, "{longest}");
    }

    #[test]
    fn nodes_without_links_stand_beside_each_other() {
        let layout = place(&network(5, &[(0, 1)]), &Overrides::new());
        assert!(nearest(&layout) >= 0.99, "{layout:?}");
        assert!(place(&network(0, &[]), &Overrides::new()).is_empty());
    }

    #[test]
    fn a_given_place_is_kept() {
        let given = Overrides::from([(NodeId(1), (0.25, 2.0)), (NodeId(9), (0.0, 0.0))]);
        let layout = place(&network(2, &[(0, 1)]), &given);
        assert_eq!(layout.places[1], (0.25, 1.0));
        assert_eq!(layout.len(), 2);
    }

    #[test]
    fn every_node_has_a_place_of_its_own_among_a_thousand() {
        let spine = (0..999_u16).map(|node| (node, node + 1));
        let mesh: Vec<(u16, u16)> = spine.chain((0..960).map(|node| (node, node + 37))).collect();
        let tree: Vec<(u16, u16)> = (1..1_000).map(|node| ((node - 1) / 3, node)).collect();
        for links in [mesh, tree] {
            let network = network(1_000, &links);
            let layout = place(&network, &Overrides::new());
            assert!(nearest(&layout) > 0.05, "{}", nearest(&layout));
            assert_eq!(layout, place(&network, &Overrides::new()), "the same each time");
        }
    }

    #[test]
    fn a_map_has_all_nodes_inside_of_its_margin() {
        let layout = place(&network(6, &[(0, 2), (1, 2), (2, 3), (3, 4), (3, 5)]), &Overrides::new());
        for upright in [false, true] {
            let at = layout.fit(Rect::new(10.0, 20.0, 400.0, 300.0), (50.0, 30.0), upright);
            assert!(at.iter().all(|(x, y)| (60.0..=360.0).contains(x) && (50.0..=290.0).contains(y)), "{at:?}");
        }
    }
}
