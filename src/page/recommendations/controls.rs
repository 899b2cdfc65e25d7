//! Filters and sliders: what may be recommended, and what counts beside the model's score.

use std::rc::Rc;

use leptos::prelude::*;

use crate::catalogue::PopularityBand;
use crate::explorer::View;
use crate::page::choices::{choice, choices, toggle};
use crate::page::dom::{El, button, el, value_of};
use crate::page::session::Session;
use crate::page::{icons, text};

/// The heading of the list with its buttons, and what they open.
pub(super) fn controls(session: Session) -> [El; 2] {
    let is_open = RwSignal::new(session.view.with_untracked(View::is_tuned));
    let is_tuned = move || session.view.with(View::is_tuned);
    let untune = button("quiet", move || session.tune(View::untune))
        .testid("untune")
        .flag("hidden", move || !is_tuned())
        .text(text::UNTUNE);
    let tune = button("quiet", move || is_open.update(|open| *open = !*open))
        .live_class("active", is_tuned)
        .testid("tune")
        .says("aria-expanded", move || is_open.get())
        .attr("aria-controls", "controls")
        .child(icons::sliders())
        .text(text::TUNE);
    let head = el("div", "section-head")
        .child(el("h2", "").attr("id", "recommendations-title").text(text::RECOMMENDATIONS))
        .child(el("div", "head-actions").child(untune).child(tune));
    let likeness = move || {
        let (before, after) = session.likeness.get();
        Some(text::likeness(before, after))
    };
    let narrow = el("div", "control-row")
        .child(choice(text::YEARS, years(session)))
        .child(choice(text::POPULARITY, popularity(session)));
    let sliders = el("div", "control-row")
        .child(slider(session, "novelty", text::NOVELTY, text::NOVELTY_ENDS, |view| &mut view.novelty))
        .child(slider(session, "diversity", text::DIVERSITY, text::DIVERSITY_ENDS, |view| &mut view.diversity));
    let likeness = el("p", "note")
        .testid("likeness")
        .flag("hidden", move || session.view.with(|view| view.diversity == 0))
        .live_text(likeness);
    let controls = el("div", "controls")
        .attr("id", "controls")
        .testid("controls")
        .flag("hidden", move || !is_open.get())
        .child(choice(text::GENRES, genres(session)))
        .child(narrow)
        .child(sliders)
        .child(likeness);
    [head, controls]
}

fn genres(session: Session) -> El {
    let genre = |(genre, _): &(String, usize)| {
        let (name, asked) = (genre.clone(), genre.clone());
        let is_on = move || session.view.with(|view| view.filter.genres.contains(&asked));
        let press = move || {
            session.tune(|view| {
                let genres = &mut view.filter.genres;
                match genres.iter().position(|other| *other == name) {
                    Some(place) => drop(genres.remove(place)),
                    None => genres.push(name.clone()),
                }
            });
        };
        toggle(genre, is_on, press)
    };
    choices(session.core().facets.genres.iter().map(genre))
}

fn popularity(session: Session) -> El {
    let band = |band: PopularityBand| {
        let is_on = move || session.view.with(|view| view.filter.popularity == band);
        toggle(text::popularity(band), is_on, move || session.tune(|view| view.filter.popularity = band))
    };
    choices(PopularityBand::ALL.into_iter().map(band))
}

/// First and last year that stand for no limit.
const NO_LIMIT: (u16, u16) = (0, u16::MAX);
const LAST_OF_A_DECADE: u16 = 9;

/// Two lists of decades; each offers the first or the last year of every decade.
fn years(session: Session) -> El {
    let decades: Vec<u16> = session.core().facets.decades.iter().map(|(decade, _)| *decade).collect();
    let chosen = move || session.view.with(|view| view.filter.years.unwrap_or(NO_LIMIT));
    let choose = move |first: u16, last: u16| {
        session.tune(|view| view.filter.years = Some((first, last)).filter(|years| *years != NO_LIMIT));
    };
    let from = Years {
        label: text::YEARS_FROM,
        none: NO_LIMIT.0,
        options: decades.iter().map(|&decade| (decade, decade)).collect(),
        chosen: Rc::new(move || chosen().0),
        choose: Box::new(move |first| choose(first, untrack(chosen).1.max(first))),
    };
    let to = Years {
        label: text::YEARS_TO,
        none: NO_LIMIT.1,
        options: decades.iter().map(|&decade| (decade + LAST_OF_A_DECADE, decade)).collect(),
        chosen: Rc::new(move || chosen().1),
        choose: Box::new(move |last| choose(untrack(chosen).0.min(last), last)),
    };
    el("div", "years").child(decade_list(from)).child(decade_list(to))
}

struct Years {
    label: &'static str,
    /// The year that means no limit.
    none: u16,
    /// A year and the decade it stands for.
    options: Vec<(u16, u16)>,
    chosen: Rc<dyn Fn() -> u16>,
    choose: Box<dyn Fn(u16)>,
}

fn decade_list(Years { label, none, options, chosen, choose }: Years) -> El {
    let option = |year: u16, name: &str| {
        let chosen = Rc::clone(&chosen);
        el("option", "").attr("value", &year.to_string()).flag("selected", move || chosen() == year).text(name)
    };
    let select = el("select", "")
        .on("change", move |event| choose(value_of(&event).parse().unwrap_or(none)))
        .child(option(none, text::ANY_YEAR))
        .children(options.into_iter().map(|(year, decade)| option(year, &text::decade(decade))));
    el("label", "").child(el("span", "").text(label)).child(select)
}

fn slider(
    session: Session,
    name: &str,
    label: &str,
    (left, right): (&str, &str),
    part: fn(&mut View) -> &mut u8,
) -> El {
    let value = move || session.view.with(|view| *part(&mut view.clone()));
    let slide = move |event| {
        let wanted = value_of(&event).parse().unwrap_or(0);
        session.tune(|view| *part(view) = wanted);
    };
    let input = el("input", "")
        .attr("type", "range")
        .attr("min", "0")
        .attr("max", "100")
        .attr("step", "5")
        .testid(name)
        .value(move || value().to_string())
        .live_attr("aria-valuetext", move || Some(text::percent(value())))
        .on("input", slide);
    let ends = el("span", "ends").attr("aria-hidden", "true");
    el("label", "control slider")
        .child(el("span", "control-label").text(label))
        .child(input)
        .child(ends.child(el("span", "").text(left)).child(el("span", "").text(right)))
}
