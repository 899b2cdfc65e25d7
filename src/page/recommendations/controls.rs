//! Filters and sliders: what may be recommended, and what counts beside the model's score.

use leptos::prelude::*;

use crate::catalogue::PopularityBand;
use crate::explorer::View;
use crate::page::session::Session;
use crate::page::{icons, text};

#[component]
pub(crate) fn Controls(session: Session) -> impl IntoView {
    let is_open = RwSignal::new(session.view.with_untracked(View::is_tuned));
    let is_tuned = Memo::new(move |_| session.view.with(View::is_tuned));
    view! {
        <div class="section-head">
            <h2 id="recommendations-title">{text::RECOMMENDATIONS}</h2>
            <div class="head-actions">
                <button class="quiet" data-testid="untune" hidden=move || !is_tuned.get() on:click=move |_| session.tune(View::untune)>
                    {text::UNTUNE}
                </button>
                <button
                    class="quiet"
                    class:active=move || is_tuned.get()
                    data-testid="tune"
                    aria-expanded=move || is_open.get().to_string()
                    aria-controls="controls"
                    on:click=move |_| is_open.update(|open| *open = !*open)
                >
                    {icons::sliders()}
                    {text::TUNE}
                </button>
            </div>
        </div>
        <div id="controls" class="controls" data-testid="controls" hidden=move || !is_open.get()>
            {choice(text::GENRES, genres(session))}
            <div class="control-row">
                {choice(text::YEARS, years(session))}
                {choice(text::POPULARITY, popularity(session))}
            </div>
            <div class="control-row">
                {slider(session, "novelty", text::NOVELTY, text::NOVELTY_ENDS, |view| &mut view.novelty)}
                {slider(session, "diversity", text::DIVERSITY, text::DIVERSITY_ENDS, |view| &mut view.diversity)}
            </div>
            <p class="note" data-testid="likeness" hidden=move || session.view.with(|view| view.diversity == 0)>
                {move || {
                    let (before, after) = session.likeness.get();
                    text::likeness(before, after)
                }}
            </p>
        </div>
    }
}

fn choice(label: &'static str, content: AnyView) -> AnyView {
    view! {
        <fieldset class="control">
            <legend>{label}</legend>
            {content}
        </fieldset>
    }
    .into_any()
}

fn toggle(label: String, is_on: impl Fn() -> bool + Send + Sync + 'static, press: impl Fn() + 'static) -> AnyView {
    let is_on = Memo::new(move |_| is_on());
    view! {
        <button class="preset" aria-pressed=move || is_on.get().to_string() on:click=move |_| press()>
            {label}
        </button>
    }
    .into_any()
}

fn genres(session: Session) -> AnyView {
    let genre = |(genre, _): &(String, usize)| {
        let (name, asked, label) = (genre.clone(), genre.clone(), genre.clone());
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
        toggle(label, is_on, press)
    };
    let genres: Vec<_> = session.core().facets.genres.iter().map(genre).collect();
    view! { <div class="choices">{genres}</div> }.into_any()
}

fn popularity(session: Session) -> AnyView {
    let band = |band: PopularityBand| {
        let is_on = move || session.view.with(|view| view.filter.popularity == band);
        toggle(text::popularity(band).to_owned(), is_on, move || session.tune(|view| view.filter.popularity = band))
    };
    let bands: Vec<_> = PopularityBand::ALL.into_iter().map(band).collect();
    view! { <div class="choices">{bands}</div> }.into_any()
}

/// First and last year that stand for no limit.
const NO_LIMIT: (u16, u16) = (0, u16::MAX);
const LAST_OF_A_DECADE: u16 = 9;

/// Two lists of decades; each offers the first or the last year of every decade.
fn years(session: Session) -> AnyView {
    let decades: Vec<u16> = session.core().facets.decades.iter().map(|(decade, _)| *decade).collect();
    let chosen = move || session.view.with(|view| view.filter.years.unwrap_or(NO_LIMIT));
    let choose = move |first: u16, last: u16| {
        session.tune(|view| view.filter.years = Some((first, last)).filter(|years| *years != NO_LIMIT));
    };
    let from = decades.iter().map(|&decade| (decade, decade)).collect();
    let to = decades.iter().map(|&decade| (decade + LAST_OF_A_DECADE, decade)).collect();
    view! {
        <div class="years">
            {decade_list(text::YEARS_FROM, NO_LIMIT.0, from, move || chosen().0, move |first| choose(first, chosen().1.max(first)))}
            {decade_list(text::YEARS_TO, NO_LIMIT.1, to, move || chosen().1, move |last| choose(chosen().0.min(last), last))}
        </div>
    }
    .into_any()
}

/// `options` are a year and the decade it stands for; `none` is the year that means no limit.
fn decade_list(
    label: &'static str,
    none: u16,
    options: Vec<(u16, u16)>,
    chosen: impl Fn() -> u16 + Copy + Send + Sync + 'static,
    choose: impl Fn(u16) + 'static,
) -> AnyView {
    let option = |(year, name): (u16, String)| {
        view! {
            <option value=year.to_string() selected=move || chosen() == year>
                {name}
            </option>
        }
    };
    let all = std::iter::once((none, text::ANY_YEAR.to_owned()));
    let options = all.chain(options.into_iter().map(|(year, decade)| (year, text::decade(decade))));
    view! {
        <label>
            <span>{label}</span>
            <select on:change=move |event| choose(event_target_value(&event).parse().unwrap_or(none))>
                {options.map(option).collect_view()}
            </select>
        </label>
    }
    .into_any()
}

fn slider(
    session: Session,
    name: &'static str,
    label: &'static str,
    (left, right): (&'static str, &'static str),
    part: fn(&mut View) -> &mut u8,
) -> AnyView {
    let value = Memo::new(move |_| session.view.with(|view| *part(&mut view.clone())));
    view! {
        <label class="control slider">
            <span class="control-label">{label}</span>
            <input
                type="range"
                min="0"
                max="100"
                step="5"
                data-testid=name
                prop:value=move || value.get().to_string()
                aria-valuetext=move || text::percent(value.get())
                on:input=move |event| {
                    let wanted = event_target_value(&event).parse().unwrap_or(0);
                    session.tune(|view| *part(view) = wanted);
                }
            />
            <span class="ends" aria-hidden="true">
                <span>{left}</span>
                <span>{right}</span>
            </span>
        </label>
    }
    .into_any()
}
