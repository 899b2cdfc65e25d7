//! Moving about on the map: pointer, fingers, wheel, keys and buttons.

use leptos::prelude::*;
use leptos::web_sys::{Element, Event, KeyboardEvent, MouseEvent, PointerEvent, WheelEvent};
use wasm_bindgen::JsCast;

use super::View;
use crate::explorer::{MapFrame, MapState, Point, Vertex};
use crate::page::dom::{El, Place, button, el};
use crate::page::text::map as text;

/// A pointer hits what is so near, in pixels of the drawing.
const REACH: f32 = 14.0;
/// A press that moves less is a click.
const CLICK: f32 = 5.0;
/// Two fingers that move apart by this factor come one step nearer.
const A_STEP: f32 = 1.189_207;
const STEPS_OF_A_BUTTON: i32 = 2;
/// An arrow moves by this part of the drawing.
const ARROW: f32 = 0.15;

/// What moves the map; copies share it.
#[derive(Clone, Copy)]
pub(super) struct Moves {
    view: View,
    place: Place,
    /// Fingers, or the pressed pointer: which, where, and where it went down.
    fingers: StoredValue<Vec<(i32, Point, Point)>>,
}

impl Moves {
    pub(super) fn new(view: View) -> Self {
        Self { view, place: Place::new(), fingers: StoredValue::new(Vec::new()) }
    }

    fn frame(self) -> MapFrame {
        untrack(|| self.view.frame())
    }

    /// Where a pointer is on the drawing.
    fn at(self, event: &MouseEvent) -> Point {
        let size = self.frame().size;
        let Some(element) = self.place.get::<Element>() else { return Point { x: 0.0, y: 0.0 } };
        let bounds = element.get_bounding_client_rect();
        let scale = size.x / (bounds.width() as f32).max(1.0);
        Point {
            x: (event.client_x() as f32 - bounds.left() as f32) * scale,
            y: (event.client_y() as f32 - bounds.top() as f32) * scale,
        }
    }

    fn change(self, change: impl FnOnce(&mut MapState, Point)) {
        let corner = self.view.films.with_value(|films| films.map.corner());
        let before = untrack(|| self.view.state());
        let mut state = before;
        change(&mut state, corner);
        if state != before {
            self.view.session.explore(|explore| explore.map = state);
        }
    }

    /// Nearer or farther; what is at this point of the drawing stays there.
    fn zoom(self, steps: i32, at: Point) {
        let fixed = self.frame().on_map(at);
        self.change(|state, corner| state.zoom_by(steps, fixed, corner));
    }

    fn zoom_middle(self, steps: i32) {
        let Point { x, y } = self.frame().size;
        self.zoom(steps, Point { x: x / 2.0, y: y / 2.0 });
    }

    /// Moves what is drawn by so many pixels; there is nothing beyond the whole map.
    fn drag(self, dx: f32, dy: f32) {
        let scale = self.frame().scale;
        self.change(|state, corner| {
            let Point { x, y } = state.middle(corner);
            if state.zoom > 0 {
                state.look_at(Point { x: x - dx / scale, y: y - dy / scale }, corner);
            }
        });
    }

    /// The film under a point of the drawing.
    fn film_at(self, at: Point) -> Option<u32> {
        let frame = self.frame();
        self.view.films.with_value(|films| films.map.nearest(frame.on_map(at), REACH / frame.scale))
    }

    fn down(self, event: &PointerEvent) {
        let at = self.at(event);
        self.fingers.update_value(|fingers| {
            fingers.retain(|(id, ..)| *id != event.pointer_id());
            fingers.truncate(1);
            fingers.push((event.pointer_id(), at, at));
        });
        if let Some(element) = self.place.get::<Element>() {
            // Without it a drag ends at the map's edge.
            let _ = element.set_pointer_capture(event.pointer_id());
        }
    }

    fn moved(self, event: &PointerEvent) {
        let at = self.at(event);
        let fingers = self.fingers.get_value();
        let Some(place) = fingers.iter().position(|(id, ..)| *id == event.pointer_id()) else {
            let lit = self.film_at(at).map(Vertex::Item);
            if self.view.session.lit.get_untracked() != lit {
                self.view.session.lit.set(lit);
            }
            return;
        };
        let before = fingers[place].1;
        if let [(_, a, _), (_, b, _)] = fingers[..] {
            let other = if place == 0 { b } else { a };
            let apart = |one: Point| ((one.x - other.x).powi(2) + (one.y - other.y).powi(2)).sqrt().max(1.0);
            let factor = apart(at) / apart(before);
            let step = i32::from(factor >= A_STEP) - i32::from(factor <= A_STEP.recip());
            if step == 0 {
                // Until it is a whole step the finger stays where it was.
                return;
            }
            self.zoom(step, Point { x: (at.x + other.x) / 2.0, y: (at.y + other.y) / 2.0 });
        } else {
            self.drag(at.x - before.x, at.y - before.y);
        }
        self.fingers.update_value(|fingers| fingers[place].1 = at);
    }

    fn up(self, event: &PointerEvent) {
        let at = self.at(event);
        let mut fingers = self.fingers.get_value();
        let n_fingers = fingers.len();
        let Some(place) = fingers.iter().position(|(id, ..)| *id == event.pointer_id()) else { return };
        let (_, _, began) = fingers.remove(place);
        self.fingers.set_value(fingers);
        let is_click = (at.x - began.x).abs() < CLICK && (at.y - began.y).abs() < CLICK;
        if n_fingers == 1 && is_click && event.type_() == "pointerup" {
            self.view.chosen.set(self.film_at(at));
        }
    }

    fn wheel(self, event: &WheelEvent) {
        let focused = document().active_element();
        let has_focus = self.place.get::<Element>().is_some_and(|element| focused.as_ref() == Some(&element));
        // Who scrolls the page past the map does not mean the map; a pinch on a touchpad comes as Ctrl and wheel.
        if has_focus || event.ctrl_key() {
            event.prevent_default();
            self.zoom(if event.delta_y() < 0.0 { 1 } else { -1 }, self.at(event));
        }
    }

    fn key(self, event: &KeyboardEvent) {
        let Point { x, y } = self.frame().size;
        match event.key().as_str() {
            "ArrowLeft" => self.drag(ARROW * x, 0.0),
            "ArrowRight" => self.drag(-ARROW * x, 0.0),
            "ArrowUp" => self.drag(0.0, ARROW * y),
            "ArrowDown" => self.drag(0.0, -ARROW * y),
            "+" | "=" => self.zoom_middle(STEPS_OF_A_BUTTON),
            "-" => self.zoom_middle(-STEPS_OF_A_BUTTON),
            "0" => self.zoom_middle(-i32::from(MapState::MAX_ZOOM)),
            _ => return,
        }
        event.prevent_default();
    }
}

/// What takes the pointer and the keyboard.
pub(super) fn frame(moves: Moves) -> El {
    let pointer = |act: fn(Moves, &PointerEvent)| move |event: Event| act(moves, event.unchecked_ref());
    el("div", "map-frame")
        .testid("map-frame")
        .at(moves.place)
        .attr("tabindex", "0")
        .attr("role", "group")
        .attr("aria-label", text::HOW_TO_MOVE)
        .live_class("near", move || moves.view.state().zoom > 0)
        .on("pointerdown", pointer(Moves::down))
        .on("pointermove", pointer(Moves::moved))
        .on("pointerup", pointer(Moves::up))
        .on("pointercancel", pointer(Moves::up))
        .on("pointerleave", move |_| moves.view.session.lit.set(None))
        .on("wheel", move |event| moves.wheel(event.unchecked_ref()))
        .on("keydown", move |event| moves.key(event.unchecked_ref()))
}

pub(super) fn zoom_buttons(moves: Moves) -> El {
    let zoom = |says: &str, label: &str, steps: i32| {
        button("map-button", move || moves.zoom_middle(steps)).titled(label).text(says)
    };
    el("div", "map-buttons")
        .child(zoom("+", text::NEARER, STEPS_OF_A_BUTTON).testid("map-nearer"))
        .child(zoom("−", text::AWAY, -STEPS_OF_A_BUTTON))
        .child(zoom("⤢", text::WHOLE, -i32::from(MapState::MAX_ZOOM)).testid("map-whole"))
}
