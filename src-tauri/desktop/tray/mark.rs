//! The tray's three pictures, drawn from the lamps' own geometry: told apart by their shape, in colour where a panel has
//! colours [E1].

use domain::glance::GlanceMark;
use tauri::image::Image;

/// Twice a panel's usual 22 pixels.
const SIZE: u32 = 44;
/// The lamps' grid (`lamps.svg`), with less margin than on the board.
const GRID: f64 = 14.0;
/// Samples along each edge of a pixel.
const FINE: u32 = 4;

/// Legible on light and on dark panels.
const GREEN: [u8; 3] = [0x3d, 0xb3, 0x6e];
const RED: [u8; 3] = [0xf0, 0x65, 0x4e];
const GREY: [u8; 3] = [0x8f, 0x98, 0x9b];

/// A disc, a triangle or a hollow diamond. A menu bar that tints icons itself takes the shape alone.
pub(super) fn draw(mark: GlanceMark) -> Image<'static> {
    let colour = match mark {
        _ if cfg!(target_os = "macos") => [0; 3],
        GlanceMark::Well => GREEN,
        GlanceMark::NeedsPerson => RED,
        GlanceMark::Unproved => GREY,
    };
    let mut pixels = Vec::with_capacity((SIZE * SIZE * 4) as usize);
    for y in 0..SIZE {
        for x in 0..SIZE {
            pixels.extend(colour);
            pixels.push(cover(mark, x, y));
        }
    }
    Image::new_owned(pixels, SIZE, SIZE)
}

/// How much of a pixel lies inside, 0 to 255.
fn cover(mark: GlanceMark, x: u32, y: u32) -> u8 {
    let place = |pixel: u32, sample: u32| {
        let fine = f64::from(pixel * FINE + sample) + 0.5;
        (fine / f64::from(SIZE * FINE) - 0.5) * GRID
    };
    let samples = (0..FINE * FINE).filter(|it| is_inside(mark, place(x, it % FINE), place(y, it / FINE)));
    let inside = u32::try_from(samples.count()).unwrap_or(0);
    u8::try_from(inside * 255 / (FINE * FINE)).unwrap_or(u8::MAX)
}

/// From the middle of the grid, y downwards.
fn is_inside(mark: GlanceMark, x: f64, y: f64) -> bool {
    match mark {
        GlanceMark::Well => x.hypot(y) <= 5.2,
        // Top, and the distance to each side.
        GlanceMark::NeedsPerson => {
            let (dx, dy) = (6.0, 10.4);
            let side = (dy * x.abs() - dx * (y + 5.4)) / f64::hypot(dx, dy);
            side <= 0.75 && (-6.2..=5.75).contains(&y)
        }
        GlanceMark::Unproved => {
            let edge = (x.abs() + y.abs() - 5.5) / std::f64::consts::SQRT_2;
            edge.abs() <= 0.9
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// E1: told apart without colour.
    #[test]
    fn the_shapes_differ_in_greyscale() {
        let inside = |mark| (0..SIZE * SIZE).map(move |it| cover(mark, it % SIZE, it / SIZE)).collect::<Vec<_>>();
        let [well, needs, unproved] = [GlanceMark::Well, GlanceMark::NeedsPerson, GlanceMark::Unproved].map(inside);
        let differing = |one: &[u8], other: &[u8]| one.iter().zip(other).filter(|(a, b)| a.abs_diff(**b) > 128).count();

        for (one, other) in [(&well, &needs), (&well, &unproved), (&needs, &unproved)] {
            assert!(differing(one, other) > 150, "{} pixels", differing(one, other));
        }
        let middle = (SIZE * SIZE / 2 + SIZE / 2) as usize;
        assert_eq!((well[middle], needs[middle], unproved[middle]), (255, 255, 0), "the diamond is hollow");
        assert!([&well, &needs, &unproved].iter().all(|it| it[0] == 0), "the corners are clear");
    }
}
