//! Elements of the page, described by calls: `el("p", "note").text(text::PRIVACY)`.
//!
//! Leptos' `view!` makes a type of every element, attribute, listener and closure, and the code to build and to renew
//! each one: 63 kB of this page's 280 (gzip). Here all of them are parts of one kind, so that code is there once.
//!
//! What changes is a closure over signals, run again by Leptos when one of them changes, and an [`El`] is a view of
//! Leptos: an element that is described anew keeps its place in the document, and with it the keyboard's focus, a
//! transition that is under way, and what was typed.

mod node;

use std::rc::Rc;

use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{Element, Event, HtmlInputElement, HtmlSelectElement};

use super::session::Session;
use crate::explorer::Vertex;

/// An element that is not in the document yet.
pub(crate) struct El(Box<Parts>);

struct Parts {
    tag: &'static str,
    namespace: Option<&'static str>,
    parts: Vec<Part>,
}

/// What a text goes to.
#[derive(Clone, Copy, PartialEq)]
enum Target {
    /// Nothing removes the attribute.
    Attribute(&'static str),
    /// Anything adds the class, nothing removes it.
    Class(&'static str),
    /// A property of its style: an attribute `style` would break the page's security policy.
    Style(&'static str),
    /// What an input holds.
    Value,
    /// A text among its children.
    Text,
}

type Source = Box<dyn Fn() -> Option<String>>;
type Handler = Rc<dyn Fn(Event)>;
type Children = Box<dyn Fn() -> Vec<El>>;

enum Part {
    Fixed(Target, Option<String>),
    Live(Target, Source),
    Listener(&'static str, Handler),
    Child(El),
    List(Vec<El>),
    LiveList(Children),
    Reference(Place),
    Key(u64),
}

/// Where to find an element again.
#[derive(Clone, Copy)]
pub(crate) struct Place(StoredValue<Option<Element>, LocalStorage>);

impl Place {
    pub(crate) fn new() -> Self {
        Self(StoredValue::new_local(None))
    }

    /// The element, once it was built, as what it is known to be.
    pub(crate) fn get<T: JsCast>(self) -> Option<T> {
        self.0.get_value().map(JsCast::unchecked_into)
    }
}

/// An element of HTML; no class where `class` is empty.
pub(crate) fn el(tag: &'static str, class: &str) -> El {
    El::new(tag, None, class)
}

/// An element of SVG.
pub(crate) fn svg(tag: &'static str, class: &str) -> El {
    El::new(tag, Some("http://www.w3.org/2000/svg"), class)
}

/// An element of MathML.
pub(crate) fn mathml(tag: &'static str) -> El {
    El::new(tag, Some("http://www.w3.org/1998/Math/MathML"), "")
}

/// A button with something to do.
pub(crate) fn button(class: &str, press: impl Fn() + 'static) -> El {
    el("button", class).on("click", move |_| press())
}

impl El {
    #[inline(never)]
    fn new(tag: &'static str, namespace: Option<&'static str>, class: &str) -> Self {
        let element = Self(Box::new(Parts { tag, namespace, parts: Vec::new() }));
        if class.is_empty() { element } else { element.attr("class", class) }
    }

    #[inline(never)]
    fn with(mut self, part: Part) -> Self {
        self.0.parts.push(part);
        self
    }

    #[inline(never)]
    fn fixed(self, target: Target, value: Option<&str>) -> Self {
        self.with(Part::Fixed(target, value.map(str::to_owned)))
    }

    #[inline(never)]
    fn live(self, target: Target, source: Source) -> Self {
        self.with(Part::Live(target, source))
    }

    pub(crate) fn attr(self, name: &'static str, value: &str) -> Self {
        self.attr_if(name, Some(value))
    }

    /// An attribute that another description of the element may have and this one may not.
    pub(crate) fn attr_if(self, name: &'static str, value: Option<&str>) -> Self {
        self.fixed(Target::Attribute(name), value)
    }

    /// What the tests know it by.
    pub(crate) fn testid(self, name: &str) -> Self {
        self.attr("data-testid", name)
    }

    /// What it is, for screen readers and for the pointer that rests on it.
    pub(crate) fn titled(self, label: &str) -> Self {
        self.attr("aria-label", label).attr("title", label)
    }

    pub(crate) fn style(self, name: &'static str, value: &str) -> Self {
        self.fixed(Target::Style(name), Some(value))
    }

    pub(crate) fn text(self, text: &str) -> Self {
        self.fixed(Target::Text, Some(text))
    }

    pub(crate) fn live_attr(self, name: &'static str, value: impl Fn() -> Option<String> + 'static) -> Self {
        self.live(Target::Attribute(name), Box::new(value))
    }

    /// An attribute that says `true` or `false`.
    pub(crate) fn says(self, name: &'static str, is_so: impl Fn() -> bool + 'static) -> Self {
        self.live_attr(name, move || Some(is_so().to_string()))
    }

    /// An attribute without a value, there or not.
    pub(crate) fn flag(self, name: &'static str, is_there: impl Fn() -> bool + 'static) -> Self {
        self.live_attr(name, move || is_there().then(String::new))
    }

    pub(crate) fn live_class(self, name: &'static str, is_there: impl Fn() -> bool + 'static) -> Self {
        self.live(Target::Class(name), Box::new(move || is_there().then(String::new)))
    }

    pub(crate) fn live_style(self, name: &'static str, value: impl Fn() -> Option<String> + 'static) -> Self {
        self.live(Target::Style(name), Box::new(value))
    }

    pub(crate) fn value(self, value: impl Fn() -> String + 'static) -> Self {
        self.live(Target::Value, Box::new(move || Some(value())))
    }

    pub(crate) fn live_text(self, text: impl Fn() -> Option<String> + 'static) -> Self {
        self.live(Target::Text, Box::new(text))
    }

    pub(crate) fn child(self, child: El) -> Self {
        self.with(Part::Child(child))
    }

    pub(crate) fn children(self, children: impl IntoIterator<Item = El>) -> Self {
        self.with(Part::List(children.into_iter().collect()))
    }

    pub(crate) fn live_children(self, children: impl Fn() -> Vec<El> + 'static) -> Self {
        self.with(Part::LiveList(Box::new(children)))
    }

    pub(crate) fn on(self, event: &'static str, handler: impl Fn(Event) + 'static) -> Self {
        self.with(Part::Listener(event, Rc::new(handler)))
    }

    /// Which one it is among its neighbours in a list: described anew, the list keeps the element of the same key wherever
    /// it is named, and where it stands in the document. All of a list have keys, or none.
    pub(crate) fn key(self, key: u64) -> Self {
        self.with(Part::Key(key))
    }

    fn key_of(&self) -> Option<u64> {
        self.0.parts.iter().find_map(|part| if let Part::Key(key) = part { Some(*key) } else { None })
    }

    pub(crate) fn at(self, place: Place) -> Self {
        self.with(Part::Reference(place))
    }

    /// Lights up with every view of this film or person; under the pointer it lights the others.
    pub(crate) fn lights(self, session: Session, vertex: Vertex) -> Self {
        self.lit(session, vertex).points_at(session, vertex)
    }

    pub(crate) fn lit(self, session: Session, vertex: Vertex) -> Self {
        self.live_class("lit", move || session.lit.get() == Some(vertex))
    }

    pub(crate) fn points_at(self, session: Session, vertex: Vertex) -> Self {
        self.on("pointerenter", move |_| session.lit.set(Some(vertex)))
            .on("pointerleave", move |_| session.lit.set(None))
    }
}

/// Listens for as long as the page is open.
pub(crate) fn on_window(event: &str, handler: impl Fn(Event) + 'static) {
    listen(&window(), event, Box::new(handler));
}

fn listen(target: &web_sys::EventTarget, event: &str, handler: Box<dyn Fn(Event)>) {
    let handler = Closure::wrap(handler).into_js_value();
    // It refuses only where there is no function.
    let _ = target.add_event_listener_with_callback(event, handler.unchecked_ref());
}

/// What stands in the input or the list that an event comes from.
pub(crate) fn value_of(event: &Event) -> String {
    let Some(target) = event.target() else { return String::new() };
    match target.dyn_into::<HtmlInputElement>() {
        Ok(input) => input.value(),
        Err(other) => other.unchecked_into::<HtmlSelectElement>().value(),
    }
}
