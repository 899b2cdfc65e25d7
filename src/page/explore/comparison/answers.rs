//! Three lists of ten, the held-out films marked, and how far they agree.

use std::rc::Rc;

use super::View;
use super::parts::{film, mark, part};
use crate::explorer::Compared;
use crate::page::dom::{El, el};
use crate::page::session::Session;
use crate::page::text::comparison as text;

pub(super) fn answers(view: &Rc<View>) -> El {
    let columns = {
        let view = Rc::clone(view);
        move || columns(view.session, &view.person())
    };
    let agreement = {
        let view = Rc::clone(view);
        move || Some(text::agreement(&pairs(&view.person())))
    };
    part("comparison-answers", text::TOPS)
        .child(el("div", "answers").live_children(columns))
        .child(el("p", "agreement").testid("comparison-agreement").live_text(agreement))
}

fn columns(session: Session, person: &Compared) -> Vec<El> {
    let core = session.core();
    let results = &core.recommender.provenance().results;
    let column = |(model, answer): (usize, &crate::explorer::Answer)| {
        let is_test = |item_idx: u32| person.test.binary_search(&item_idx).is_ok();
        let n_hits = answer.top.iter().filter(|place| is_test(place.item_idx)).count();
        let mean = results.iter().find(|row| row.model == text::ROWS[model]).map(|row| row.at_10.ndcg);
        let row = |place: &crate::ranking::Ranked| {
            let is_hit = is_test(place.item_idx);
            let tag = is_hit.then(|| el("span", "held-out").text(text::HELD_OUT));
            film(session, "li", if is_hit { "compared hit" } else { "compared" }, place.item_idx).children(tag)
        };
        let id = format!("answer-{model}");
        el("section", "answer")
            .testid("comparison-answer")
            .attr("aria-labelledby", &id)
            .child(el("h4", "").attr("id", &id).child(mark(model)).child(el("span", "").text(text::MODELS[model])))
            .child(el("p", "note").text(&text::quality(n_hits, person.test.len(), answer.ndcg, mean)))
            .child(el("ol", "").children(answer.top.iter().map(row)))
    };
    person.answers.iter().enumerate().map(column).collect()
}

/// Every pair of models and what they share.
fn pairs(person: &Compared) -> Vec<(usize, usize, usize)> {
    let answers = &person.answers;
    let of = |a: usize| (a + 1..answers.len()).map(move |b| (a, b, answers[a].overlap(&answers[b])));
    (0..answers.len()).flat_map(of).collect()
}
