//! Crowds: hundreds of frames on their way at once, whose marks lie on one another.
//!
//! Each has the place that it has alone. Of those on the same pixel only the front one is drawn, which is all that could be seen
//! or chosen there: so a picture has no more marks than there is room for, whatever is on its way. What is chosen, or kin of it, or
//! shown, is drawn always and in front of the others.
//!
//! Absent on purpose: one mark for several frames. Each that is drawn is one frame, and can be chosen; the table has all of them.

use crate::view::scene::Rect;

/// So many frames are no crowd: each has its mark.
pub(super) const FEW: usize = 100;

/// The pixels of an area on which a mark stands.
pub(super) struct Pixels {
    area: Rect,
    columns: usize,
    taken: Vec<u64>,
}

impl Pixels {
    pub(super) fn new(area: Rect) -> Pixels {
        let (columns, rows) = (area.width.max(0.0) as usize + 1, area.height.max(0.0) as usize + 1);
        Pixels { area, columns, taken: vec![0; (columns * rows).div_ceil(64)] }
    }

    /// Takes the pixel of a mark. False when one stands there; what is beyond the area always has room.
    pub(super) fn take(&mut self, mark: Rect) -> bool {
        let (x, y) = (mark.x - self.area.x, mark.y - self.area.y);
        if x < 0.0 || y < 0.0 || x >= self.columns as f64 {
            return true;
        }
        let place = y as usize * self.columns + x as usize;
        let Some(bits) = self.taken.get_mut(place / 64) else { return true };
        let bit = 1 << (place % 64);
        let is_free = *bits & bit == 0;
        *bits |= bit;
        is_free
    }
}

/// Of marks from back to front those that are drawn, in the same order, and then those that are drawn in front of all.
pub(super) fn seen<T>(area: Rect, marks: Vec<(Rect, T)>, is_marked: impl Fn(&T) -> bool) -> Vec<(Rect, T)> {
    if marks.len() <= FEW {
        return marks;
    }
    let mut pixels = Pixels::new(area);
    let (mut front, mut others) = (Vec::new(), Vec::new());
    for (at, what) in marks.into_iter().rev() {
        if is_marked(&what) {
            front.push((at, what));
        } else if pixels.take(at) {
            others.push((at, what));
        }
    }
    others.reverse();
    front.reverse();
    others.append(&mut front);
    others
}

#[cfg(test)]
mod tests {
    use super::*;

    const AREA: Rect = Rect::new(10.0, 20.0, 300.0, 40.0);

    fn crowd(count: u32) -> Vec<(Rect, u32)> {
        (0..count).map(|number| (Rect::new(10.0 + f64::from(number) * 0.1, 30.0, 10.0, 12.0), number)).collect()
    }

    #[test]
    fn a_crowd_has_a_mark_on_each_pixel_and_the_front_one_is_it() {
        let drawn = seen(AREA, crowd(2_500), |_| false);
        assert_eq!(drawn.len(), 250);
        assert!(drawn.iter().all(|(_, number)| number % 10 == 9), "{drawn:?}");
        assert!(drawn.windows(2).all(|pair| pair[0].1 < pair[1].1), "the order from back to front stays");
    }

    #[test]
    fn what_is_marked_is_drawn_in_front_of_all() {
        let drawn = seen(AREA, crowd(2_500), |number| [3, 1_200].contains(number));
        let last: Vec<u32> = drawn[drawn.len() - 2..].iter().map(|(_, number)| *number).collect();
        assert_eq!(last, [3, 1_200]);
    }

    #[test]
    fn few_frames_have_a_mark_each() {
        let few = crowd(FEW as u32);
        assert_eq!(seen(AREA, few.clone(), |_| false), few);
    }

    #[test]
    fn marks_beyond_the_area_have_room() {
        let mut pixels = Pixels::new(AREA);
        for mark in [Rect::new(0.0, 30.0, 1.0, 1.0), Rect::new(400.0, 30.0, 1.0, 1.0), Rect::new(20.0, 900.0, 1.0, 1.0)]
        {
            assert!(pixels.take(mark) && pixels.take(mark), "{mark:?}");
        }
    }
}
