//! A network with loops: nodes stand as far from each other as links lie between them, as near as a plane allows.
//!
//! Classical scaling gives the beginning, and stress majorization (Gansner, Koren, North 2004) the rest: each node goes where all
//! others want it, in turn, a fixed number of times. Everything begins from the order of the nodes, so that there is no chance in it.
//!
//! Absent on purpose: counting crossings.

use super::{Graph, Points};

/// Nodes from which classical scaling measures.
const PIVOTS: usize = 24;

/// Distances that are looked at in all rounds, and rounds at most.
const WORK: usize = 20_000_000;
const ROUNDS: usize = 150;

/// Places of the nodes, in cells: the longer side lies.
pub(super) fn arrange(graph: &Graph, part: &[usize]) -> Points {
    let mut index = vec![0; graph.neighbours.len()];
    part.iter().enumerate().for_each(|(place, node)| index[*node] = place);
    let count = part.len();
    let mut distances = vec![0_u16; count * count];
    for (row, node) in part.iter().enumerate() {
        let far = graph.distances(*node);
        part.iter().for_each(|other| distances[row * count + index[*other]] = far[*other].unwrap_or(0));
    }
    let mut points = scaled(&distances, count);
    let rounds = (WORK / (count * count)).clamp(8, ROUNDS);
    (0..rounds).for_each(|_| settle(&mut points, &distances));
    turn(&mut points);
    stretch(&mut points);
    if count <= CLEARED {
        let links = part.iter().flat_map(|node| {
            let after = graph.neighbours[*node].iter().filter(move |other| *other > node);
            after.map(move |other| (*node, *other))
        });
        let links: Vec<(usize, usize)> = links.map(|(a, b)| (index[a], index[b])).collect();
        (0..CLEARINGS).for_each(|_| clear(&mut points, &links));
    }
    points
}

/// Larger networks keep nodes under links: marks are small there, and the search would take long.
const CLEARED: usize = 80;

/// How often nodes are pushed away from links.
const CLEARINGS: usize = 30;

/// How far a node keeps from a link that is not its own, in cells.
const CLEARANCE: f64 = 0.55;

/// Pushes each node away from links that would go through it.
fn clear(points: &mut Points, links: &[(usize, usize)]) {
    for node in 0..points.len() {
        for &(a, b) in links.iter().filter(|(a, b)| *a != node && *b != node) {
            let (at, from, to) = (points[node], points[a], points[b]);
            let (dx, dy) = (to.0 - from.0, to.1 - from.1);
            let length = dx.hypot(dy).max(1e-9);
            let along = ((at.0 - from.0) * dx + (at.1 - from.1) * dy) / length;
            let aside = ((at.0 - from.0) * dy - (at.1 - from.1) * dx) / length;
            if along > 0.0 && along < length && aside.abs() < CLEARANCE {
                let push = (CLEARANCE - aside.abs()) / 2.0 * if aside < 0.0 { -1.0 } else { 1.0 };
                points[node] = (at.0 + push * dy / length, at.1 - push * dx / length);
                // The link gives way as well, so that the node does not go far.
                for end in [a, b] {
                    points[end] = (points[end].0 - push * dy / length / 4.0, points[end].1 + push * dx / length / 4.0);
                }
            }
        }
    }
}

/// Classical scaling from a few pivots (Brandes, Pich 2007): the two directions in which the distances differ most.
fn scaled(distances: &[u16], count: usize) -> Points {
    let pivots: Vec<usize> = (0..count.min(PIVOTS)).map(|pivot| pivot * count / count.min(PIVOTS)).collect();
    let square = |row: usize, pivot: usize| f64::from(distances[row * count + pivot]).powi(2);
    let of_pivot: Vec<f64> =
        pivots.iter().map(|pivot| (0..count).map(|row| square(row, *pivot)).sum::<f64>() / count as f64).collect();
    let all = of_pivot.iter().sum::<f64>() / pivots.len() as f64;
    let centred: Vec<Vec<f64>> = (0..count)
        .map(|row| {
            let own = pivots.iter().map(|pivot| square(row, *pivot)).sum::<f64>() / pivots.len() as f64;
            pivots.iter().zip(&of_pivot).map(|(pivot, mean)| (own + mean - all - square(row, *pivot)) / 2.0).collect()
        })
        .collect();
    let first = direction(&centred, None);
    let second = direction(&centred, Some(&first));
    let along = |row: &[f64], axis: &[f64]| row.iter().zip(axis).map(|(a, b)| a * b).sum::<f64>();
    let size = |axis: &[f64]| centred.iter().map(|row| along(row, axis).abs()).fold(1e-9, f64::max);
    let (wide, high) = (size(&first), size(&second));
    let longest = f64::from(distances.iter().copied().max().unwrap_or(1));
    // A little to the side, each another way: what is alike in its distances must not begin at one point.
    let aside = |row: usize| (row as f64 * 2.4).sin_cos();
    let place = |(row, values): (usize, &Vec<f64>)| {
        let (x, y) = (along(values, &first) / wide, along(values, &second) / high);
        ((x + 0.05 * aside(row).0) * longest / 2.0, (y + 0.05 * aside(row).1) * longest / 2.0)
    };
    centred.iter().enumerate().map(place).collect()
}

/// The direction of the greatest spread, at right angles to another.
fn direction(centred: &[Vec<f64>], not: Option<&[f64]>) -> Vec<f64> {
    let width = centred.first().map_or(0, Vec::len);
    let mut axis: Vec<f64> = (0..width).map(|place| 1.0 + (place as f64 * 1.7).sin()).collect();
    for _ in 0..30 {
        if let Some(not) = not {
            let share: f64 = axis.iter().zip(not).map(|(a, b)| a * b).sum();
            axis.iter_mut().zip(not).for_each(|(a, b)| *a -= share * b);
        }
        let mut next = vec![0.0; width];
        for row in centred {
            let along: f64 = row.iter().zip(&axis).map(|(a, b)| a * b).sum();
            next.iter_mut().zip(row).for_each(|(next, value)| *next += along * value);
        }
        let length = next.iter().map(|value| value * value).sum::<f64>().sqrt();
        if length < 1e-12 {
            break;
        }
        axis = next.into_iter().map(|value| value / length).collect();
    }
    axis
}

/// Each node in turn goes to the mean of where the others want it; near ones weigh more.
fn settle(points: &mut Points, distances: &[u16]) {
    let count = points.len();
    for row in 0..count {
        let (mut x, mut y, mut weights) = (0.0, 0.0, 0.0);
        let own = points[row];
        for (other, at) in points.iter().enumerate() {
            let wanted = f64::from(distances[row * count + other]);
            if other == row || wanted == 0.0 {
                continue;
            }
            let (dx, dy) = (own.0 - at.0, own.1 - at.1);
            let far = dx.hypot(dy).max(1e-9);
            let weight = 1.0 / (wanted * wanted);
            x += weight * (at.0 + wanted * dx / far);
            y += weight * (at.1 + wanted * dy / far);
            weights += weight;
        }
        if weights > 0.0 {
            points[row] = (x / weights, y / weights);
        }
    }
}

/// Turns the picture until its longer side lies, with the first node to the left and not below the middle.
fn turn(points: &mut Points) {
    let count = points.len() as f64;
    let sum = points.iter().fold((0.0, 0.0), |sum, at| (sum.0 + at.0, sum.1 + at.1));
    let mean = (sum.0 / count, sum.1 / count);
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for point in points.iter_mut() {
        *point = (point.0 - mean.0, point.1 - mean.1);
        xx += point.0 * point.0;
        xy += point.0 * point.1;
        yy += point.1 * point.1;
    }
    let (sin, cos) = (0.5 * (2.0 * xy).atan2(xx - yy)).sin_cos();
    for point in points.iter_mut() {
        *point = (point.0 * cos + point.1 * sin, point.1 * cos - point.0 * sin);
    }
    let first = points[0];
    let mirror = (if first.0 > 0.0 { -1.0 } else { 1.0 }, if first.1 > 0.0 { -1.0 } else { 1.0 });
    points.iter_mut().for_each(|point| *point = (point.0 * mirror.0, point.1 * mirror.1));
}

/// Scales the picture so that the nearest neighbours are about a cell from each other.
fn stretch(points: &mut Points) {
    let nearest = |place: usize| {
        let own = points[place];
        let others = points.iter().enumerate().filter(|(other, _)| *other != place);
        others.map(|(_, at)| (own.0 - at.0).hypot(own.1 - at.1)).fold(f64::MAX, f64::min)
    };
    let mut distances: Vec<f64> = (0..points.len()).map(nearest).collect();
    distances.sort_unstable_by(f64::total_cmp);
    let usual = distances[distances.len() / 4].max(1e-3);
    points.iter_mut().for_each(|point| *point = (point.0 / usual, point.1 / usual));
}
