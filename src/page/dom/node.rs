//! Elements in the document, and how they become what is described anew.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::prelude::*;
use leptos::reactive::effect::RenderEffect;
use leptos::tachys::renderer::types;
use leptos::tachys::view::{Mountable, Render};
use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlElement, HtmlInputElement, Node, Text};

use super::{Children, El, Handler, Part, Parts, Source, Target, listen};

/// An element in the document, with what renews its parts.
pub(crate) struct Built {
    tag: &'static str,
    element: Element,
    parts: Vec<BuiltPart>,
}

enum BuiltPart {
    Fixed(Target, Node, Option<String>),
    Live(Target, Node, RenderEffect<()>),
    Listener(&'static str, Rc<RefCell<Handler>>),
    Child(Built),
    List(List),
    LiveList(Rc<RefCell<List>>, RenderEffect<()>),
    Reference,
    Key(u64),
}

/// Elements before an empty text, which keeps their place.
struct List {
    elements: Vec<Built>,
    end: Node,
}

/// Runs `work` now and whenever a signal changes that it read.
fn effect(work: Box<dyn Fn()>) -> RenderEffect<()> {
    RenderEffect::new(move |_| work())
}

fn text_in(element: &Element) -> Node {
    let text: Node = document().create_text_node("").into();
    append(element, &text);
    text
}

fn append(element: &Element, child: &Node) {
    // It fails only where an element would be inside of itself.
    let _ = element.append_child(child);
}

/// Puts a value where it belongs; the names are the page's own, so that none is refused.
fn write(node: &Node, target: Target, value: Option<&str>) {
    let element = node.unchecked_ref::<Element>();
    let shown = value.unwrap_or_default();
    let _ = match (target, value) {
        (Target::Attribute(name), Some(value)) => element.set_attribute(name, value),
        (Target::Attribute(name), None) => element.remove_attribute(name),
        (Target::Class(name), Some(_)) => element.class_list().add_1(name),
        (Target::Class(name), None) => element.class_list().remove_1(name),
        (Target::Style(name), _) => node.unchecked_ref::<HtmlElement>().style().set_property(name, shown),
        (Target::Value, _) => {
            node.unchecked_ref::<HtmlInputElement>().set_value(shown);
            Ok(())
        }
        (Target::Text, _) => {
            node.unchecked_ref::<Text>().set_data(shown);
            Ok(())
        }
    };
}

fn kept_up(target: Target, node: &Node, source: Source) -> RenderEffect<()> {
    let (node, last) = (node.clone(), RefCell::new(None));
    effect(Box::new(move || {
        let value = Some(source());
        if *last.borrow() != value {
            write(&node, target, value.as_ref().and_then(Option::as_deref));
            *last.borrow_mut() = value;
        }
    }))
}

fn list_kept_up(list: &Rc<RefCell<List>>, children: Children) -> RenderEffect<()> {
    let list = Rc::clone(list);
    effect(Box::new(move || {
        let children = children();
        list.borrow_mut().become_(children);
    }))
}

impl List {
    fn new(parent: &Element) -> Self {
        Self { elements: Vec::new(), end: text_in(parent) }
    }

    fn become_(&mut self, children: Vec<El>) {
        if children.first().is_some_and(|child| child.key_of().is_some()) {
            return self.become_keyed(children);
        }
        for gone in self.elements.drain(children.len().min(self.elements.len())..) {
            gone.element.remove();
        }
        for (place, child) in children.into_iter().enumerate() {
            match self.elements.get_mut(place) {
                Some(built) => built.become_(child),
                None => {
                    let built = self.put(child);
                    self.elements.push(built);
                }
            }
        }
    }
}

/// Elements with keys. None is moved in the document, which would end its transitions: new ones come last.
impl List {
    fn become_keyed(&mut self, children: Vec<El>) {
        let mut before = std::mem::take(&mut self.elements);
        for child in children {
            let key = child.key_of();
            let built = match before.iter().position(|built| built.key() == key) {
                Some(place) => {
                    let mut built = before.swap_remove(place);
                    built.become_(child);
                    built
                }
                None => self.put(child),
            };
            self.elements.push(built);
        }
        before.iter().for_each(|gone| gone.element.remove());
    }

    /// A new element, before the end.
    fn put(&self, child: El) -> Built {
        let built = Built::new(child);
        if let Some(parent) = self.end.parent_node() {
            // The end is a child of its parent.
            let _ = parent.insert_before(&built.element, Some(&self.end));
        }
        built
    }
}

impl Built {
    fn key(&self) -> Option<u64> {
        self.parts.iter().find_map(|part| if let BuiltPart::Key(key) = part { Some(*key) } else { None })
    }

    fn new(El(described): El) -> Self {
        let Parts { tag, namespace, parts } = *described;
        let element = match namespace {
            None => document().create_element(tag),
            namespace => document().create_element_ns(namespace, tag),
        };
        // The tags are the page's own, so that none is refused.
        let element = element.unwrap_or_else(|error| wasm_bindgen::throw_val(error));
        let parts = parts.into_iter().map(|part| BuiltPart::new(&element, part)).collect();
        Self { tag, element, parts }
    }

    /// Changes what is different, or takes another element where the parts are of other kinds.
    fn become_(&mut self, described: El) {
        let parts = &described.0.parts;
        let fits = self.tag == described.0.tag
            && self.parts.len() == parts.len()
            && self.parts.iter().zip(parts).all(|(built, part)| built.fits(part));
        if fits {
            for (built, part) in self.parts.iter_mut().zip(described.0.parts) {
                built.become_(part);
            }
        } else {
            let other = Self::new(described);
            // It stands in the document or in an element that will.
            let _ = self.element.replace_with_with_node_1(&other.element);
            *self = other;
        }
    }
}

impl BuiltPart {
    fn new(element: &Element, part: Part) -> Self {
        let node_of = |target: Target| if target == Target::Text { text_in(element) } else { element.clone().into() };
        match part {
            Part::Fixed(target, value) => {
                let node = node_of(target);
                write(&node, target, value.as_deref());
                Self::Fixed(target, node, value)
            }
            Part::Live(target, source) => {
                let node = node_of(target);
                let effect = kept_up(target, &node, source);
                Self::Live(target, node, effect)
            }
            Part::Listener(event, handler) => {
                let handler = Rc::new(RefCell::new(handler));
                let current = Rc::clone(&handler);
                let call = move |event| {
                    let handler = Rc::clone(&current.borrow());
                    handler(event);
                };
                listen(element, event, Box::new(call));
                Self::Listener(event, handler)
            }
            Part::Child(child) => {
                let child = Built::new(child);
                append(element, &child.element);
                Self::Child(child)
            }
            Part::List(children) => {
                let mut list = List::new(element);
                list.become_(children);
                Self::List(list)
            }
            Part::LiveList(children) => {
                let list = Rc::new(RefCell::new(List::new(element)));
                let effect = list_kept_up(&list, children);
                Self::LiveList(list, effect)
            }
            Part::Reference(place) => {
                place.0.set_value(Some(element.clone()));
                Self::Reference
            }
            Part::Key(key) => Self::Key(key),
        }
    }

    fn fits(&self, part: &Part) -> bool {
        match (self, part) {
            (Self::Fixed(target, ..), Part::Fixed(other, _)) | (Self::Live(target, ..), Part::Live(other, _)) => {
                target == other
            }
            (Self::Listener(event, _), Part::Listener(other, _)) => event == other,
            (Self::Key(key), Part::Key(other)) => key == other,
            (Self::Child(_), Part::Child(_)) | (Self::List(_), Part::List(_)) => true,
            (Self::LiveList(..), Part::LiveList(_)) => true,
            _ => false,
        }
    }

    fn become_(&mut self, part: Part) {
        match (self, part) {
            (Self::Fixed(target, node, value), Part::Fixed(_, new)) if *value != new => {
                write(node, *target, new.as_deref());
                *value = new;
            }
            (Self::Live(target, node, effect), Part::Live(_, source)) => *effect = kept_up(*target, node, source),
            (Self::Listener(_, current), Part::Listener(_, handler)) => *current.borrow_mut() = handler,
            (Self::Child(built), Part::Child(child)) => built.become_(child),
            (Self::List(list), Part::List(children)) => list.become_(children),
            (Self::LiveList(list, effect), Part::LiveList(children)) => *effect = list_kept_up(list, children),
            _ => {}
        }
    }
}

impl Render for El {
    type State = Built;

    fn build(self) -> Built {
        Built::new(self)
    }

    fn rebuild(self, state: &mut Built) {
        state.become_(self);
    }
}

impl Mountable for Built {
    fn unmount(&mut self) {
        self.element.remove();
    }

    fn mount(&mut self, parent: &types::Element, marker: Option<&types::Node>) {
        // The marker, where there is one, is a child of its parent.
        let _ = parent.insert_before(&self.element, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.element.parent_element().is_some_and(|parent| {
            child.mount(&parent, Some(&self.element));
            true
        })
    }

    fn elements(&self) -> Vec<types::Element> {
        vec![self.element.clone()]
    }
}
