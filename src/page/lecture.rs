//! For lecturers: parts of the page hidden by `?hide=a,b`, large letters by `?present`, and a handout on paper. The
//! styles do the rest, by attributes of the document's root.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Event, HtmlInputElement};

use super::dom::{El, button, el};
use super::session::{Session, replace_address};
use super::text::tour as text;

/// Parts that can be hidden: what `?hide=` calls them, and what they are called on screen. The styles know the names.
const PARTS: [(&str, &str); 8] = [
    ("header", "Title and engine"),
    ("shelf", "Shelf"),
    ("list", "Recommendations"),
    ("hypergraph", "Hypergraph"),
    ("explore", "Look inside"),
    ("results", "Results table"),
    ("text", "Text with equations"),
    ("tour", "Tour button"),
];
const HIDE: &str = "hide=";
const PRESENT: &str = "present";

/// What the address asks for.
#[derive(Clone, Copy)]
struct Wishes {
    hidden: [bool; PARTS.len()],
    presents: bool,
}

impl Wishes {
    /// Of `?a&b=c`; a part that is not there is `Err`.
    fn read(query: &str) -> (Self, Option<String>) {
        let mut wishes = Self { hidden: [false; PARTS.len()], presents: false };
        let mut unknown = None;
        for pair in query.trim_start_matches('?').split('&') {
            if pair == PRESENT {
                wishes.presents = true;
            }
            for name in pair.strip_prefix(HIDE).unwrap_or_default().split(',').filter(|name| !name.is_empty()) {
                match PARTS.iter().position(|(known, _)| *known == name) {
                    Some(place) => wishes.hidden[place] = true,
                    None => unknown = Some(name.to_owned()),
                }
            }
        }
        (wishes, unknown)
    }

    fn names(&self, separator: &str) -> String {
        let hidden = PARTS.iter().zip(self.hidden).filter(|(_, is_hidden)| *is_hidden).map(|((name, _), _)| *name);
        hidden.collect::<Vec<_>>().join(separator)
    }

    /// The query with these wishes in place of the ones before; the others in it stay.
    fn query(&self, before: &str) -> String {
        let others = before.trim_start_matches('?').split('&');
        let mut pairs: Vec<String> = others
            .filter(|pair| !pair.is_empty() && *pair != PRESENT && !pair.starts_with(HIDE))
            .map(str::to_owned)
            .collect();
        if self.hidden.contains(&true) {
            pairs.push(format!("{HIDE}{}", self.names(",")));
        }
        if self.presents {
            pairs.push(PRESENT.to_owned());
        }
        if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
    }

    fn show(&self) {
        let Some(root) = document().document_element() else { return };
        // A document that refuses an attribute shows everything, which is no harm.
        let _ = root.set_attribute("data-hide", &self.names(" "));
        let _ = root.toggle_attribute_with_force("data-present", self.presents);
    }
}

/// The controls; what the address asks for is done when they are made.
pub(crate) fn lecture(session: Session) -> El {
    let location = window().location();
    let (wishes, unknown) = Wishes::read(&location.search().unwrap_or_default());
    wishes.show();
    if let Some(unknown) = unknown {
        let known = PARTS.map(|(name, _)| name);
        session.say(text::unknown_part(&unknown, &known.join(", ")));
    }
    let wishes = RwSignal::new(wishes);
    let change = move |change: &dyn Fn(&mut Wishes)| {
        wishes.update(|wishes| change(wishes));
        let now = wishes.get_untracked();
        now.show();
        let location = window().location();
        let query = now.query(&location.search().unwrap_or_default());
        replace_address(&query, &location.hash().unwrap_or_default());
    };
    let parts = PARTS.iter().enumerate().map(|(place, (name, label))| {
        check(
            name,
            label,
            move || !wishes.get().hidden[place],
            move |is_shown| {
                change(&|wishes| wishes.hidden[place] = !is_shown);
            },
        )
    });
    let large = check(
        PRESENT,
        text::PRESENT,
        move || wishes.get().presents,
        move |presents| {
            change(&|wishes| wishes.presents = presents);
        },
    );
    let print = button("button", || {
        // A browser without printing has no handout.
        let _ = window().print();
    });
    let controls = el("details", "lecture")
        .testid("lecture")
        .child(el("summary", "").text(text::LECTURE))
        .child(el("p", "note").text(text::LECTURE_HINT))
        .child(el("fieldset", "lecture-parts").child(el("legend", "").text(text::HIDE)).children(parts))
        .child(el("div", "lecture-rest").child(large).child(print.testid("print").text(text::PRINT)));
    el("section", "").attr("aria-label", text::LECTURE).child(controls)
}

fn check(name: &str, label: &str, is_on: impl Fn() -> bool + 'static, set: impl Fn(bool) + 'static) -> El {
    let switch = move |event: Event| {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        set(input.is_some_and(|input| input.checked()));
    };
    let id = format!("part-{name}");
    // `checked` is only how it begins; from then on the browser keeps it as it was clicked.
    let input = el("input", "").attr("type", "checkbox").attr("id", &id).testid(&id);
    let input = input.attr_if("checked", untrack(&is_on).then_some("")).on("change", switch);
    el("label", "lecture-part").attr("for", &id).child(input).text(label)
}
