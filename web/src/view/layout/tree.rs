//! A tree in columns: it grows to the left and to the right from the middle of its longest way.
//!
//! Absent on purpose: loops (see [`super::stress`]).

use super::{Graph, Points};

/// A chain of more nodes than this turns around.
const CHAIN: usize = 7;

/// More leaves of one node than this stand in a block.
const LEAVES: usize = 10;

/// Places of a tree's nodes, in cells.
pub(super) fn arrange(graph: &Graph, part: &[usize]) -> Points {
    let way = longest_way(graph, part);
    if way.len() == part.len() && way.len() > CHAIN {
        return chain(&way, part);
    }
    let mut places = vec![(0.0, 0.0); graph.neighbours.len()];
    let half = way.len() / 2;
    let [left, right] = if way.len() % 2 == 1 {
        sides(graph, way[half])
    } else {
        let (left, right) = (way[half - 1], way[half]);
        [Side { roots: vec![left], parent: right }, Side { roots: vec![right], parent: left }]
    };
    let middle = if way.len() % 2 == 1 { Some(way[half]) } else { None };
    let first = if middle.is_some() { 1.0 } else { 0.5 };
    let left = grow(graph, &left, (-first, -1.0), &mut places);
    let right = grow(graph, &right, (first, 1.0), &mut places);
    // Both sides have their middle at the same height.
    for side in [&left, &right] {
        let shift = (left.height.max(right.height) - side.height) / 2.0;
        side.nodes.iter().for_each(|node| places[*node].1 += shift);
    }
    if let Some(middle) = middle {
        places[middle] = (0.0, (left.height.max(right.height) - 1.0) / 2.0);
    }
    part.iter().map(|node| places[*node]).collect()
}

/// Subtrees that grow to one side, and the node that they hang on.
struct Side {
    roots: Vec<usize>,
    parent: usize,
}

/// The longest way in a tree, from the end with the smaller number.
fn longest_way(graph: &Graph, part: &[usize]) -> Vec<usize> {
    let farthest = |from: usize| {
        let distances = graph.distances(from);
        let far = part.iter().map(|node| (distances[*node].unwrap_or(0), core::cmp::Reverse(*node))).max();
        (far.map_or(from, |(_, node)| node.0), distances)
    };
    let (one, _) = farthest(part[0]);
    let (other, _) = farthest(one);
    let (first, last) = (one.min(other), one.max(other));
    let to_first = graph.distances(first);
    let mut way = vec![last];
    while let Some(&node) = way.last().filter(|node| **node != first) {
        let nearer = graph.neighbours[node].iter().find(|next| to_first[**next] < to_first[node]);
        way.push(*nearer.expect("a way leads to every node of a part"));
    }
    way.reverse();
    way
}

/// A line that turns around.
fn chain(way: &[usize], part: &[usize]) -> Points {
    let columns = ((way.len() * 3) as f64).sqrt().ceil() as usize;
    let place = |node: &usize| {
        let at = way.iter().position(|known| known == node).unwrap_or(0);
        let (row, column) = (at / columns, at % columns);
        let column = if row % 2 == 0 { column } else { columns - 1 - column };
        (column as f64, row as f64)
    };
    part.iter().map(place).collect()
}

/// The subtrees of the middle node, the first of them to the left until half of the leaves are there.
fn sides(graph: &Graph, middle: usize) -> [Side; 2] {
    let weigh = |root: usize| {
        let mut weight = 0;
        let mut open = vec![(root, middle)];
        while let Some((node, parent)) = open.pop() {
            let before = open.len();
            open.extend(graph.neighbours[node].iter().filter(|next| **next != parent).map(|next| (*next, node)));
            weight += usize::from(open.len() == before);
        }
        weight
    };
    let weighed: Vec<(usize, usize)> = graph.neighbours[middle].iter().map(|root| (*root, weigh(*root))).collect();
    let all: usize = weighed.iter().map(|(_, weight)| weight).sum();
    let mut sides = [Vec::new(), Vec::new()];
    let mut so_far = 0;
    for (place, (root, weight)) in weighed.iter().enumerate() {
        let is_last = place + 1 == weighed.len() && place > 0;
        sides[usize::from(so_far * 2 >= all || is_last)].push(*root);
        so_far += weight;
    }
    sides.map(|roots| Side { roots, parent: middle })
}

/// What one side has become.
struct Grown {
    nodes: Vec<usize>,
    height: f64,
}

/// Gives columns from `start` on outward, and rows from the top on, leaf by leaf; what has branches stands at the middle of them.
fn grow(graph: &Graph, side: &Side, (start, outward): (f64, f64), places: &mut Points) -> Grown {
    let mut nodes = Vec::new();
    let mut row = 0.0;
    let mut open: Vec<(usize, usize, f64)> = side.roots.iter().rev().map(|root| (*root, side.parent, start)).collect();
    let loose: Vec<usize> = side.roots.iter().copied().filter(|root| graph.neighbours[*root].len() == 1).collect();
    if loose.len() > LEAVES {
        open.retain(|(root, ..)| !loose.contains(root));
        row += block(&loose, (start, row), outward, places);
        nodes.extend(&loose);
    }
    while let Some((node, parent, column)) = open.pop() {
        nodes.push(node);
        let branches: Vec<usize> = graph.neighbours[node].iter().copied().filter(|next| *next != parent).collect();
        places[node].0 = column;
        if branches.is_empty() {
            places[node].1 = row;
            row += 1.0;
            continue;
        }
        let (leaves, rest): (Vec<usize>, Vec<usize>) =
            branches.iter().partition(|branch| branches.len() > LEAVES && graph.neighbours[**branch].len() == 1);
        row += block(&leaves, (column + outward, row), outward, places);
        nodes.extend(&leaves);
        open.extend(rest.iter().rev().map(|branch| (*branch, node, column + outward)));
    }
    // From the leaves inward: those that were met last are the outermost.
    for &node in nodes.iter().rev() {
        let own = places[node].0 * outward;
        let branches =
            graph.neighbours[node].iter().filter(|next| is_beyond(places, **next, outward, own, side.parent));
        let rows = branches.map(|next| places[*next].1);
        let (least, most) = rows.fold((f64::MAX, f64::MIN), |(least, most), row| (least.min(row), most.max(row)));
        if least <= most {
            places[node].1 = f64::midpoint(least, most);
        }
    }
    Grown { nodes, height: row.max(1.0) }
}

/// Whether a neighbour is farther out, and so a branch.
fn is_beyond(places: &Points, next: usize, outward: f64, own: f64, parent: usize) -> bool {
    next != parent && places[next].0 * outward > own
}

/// Leaves of one node in a block, column after column. Gives its height.
fn block(leaves: &[usize], (column, row): (f64, f64), outward: f64, places: &mut Points) -> f64 {
    if leaves.is_empty() {
        return 0.0;
    }
    let most = ((leaves.len() as f64 / 2.0).sqrt().ceil() as usize).max(LEAVES);
    // Columns of about the same height.
    let rows = leaves.len().div_ceil(leaves.len().div_ceil(most));
    for (place, leaf) in leaves.iter().enumerate() {
        places[*leaf] = (column + (place / rows) as f64 * outward, row + (place % rows) as f64);
    }
    rows.min(leaves.len()) as f64
}
