//! A request as JavaScript writes it.

use js_sys::Array;
use wasm_bindgen::prelude::*;

use super::{DEFAULT_K, JsRecommender, check_keys, get};
use crate::catalogue::{Filter, PopularityBand};
use crate::ranking::ItemMask;
use crate::student::Request;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
export interface RecommendRequest {
    liked?: ItemId[];
    disliked?: ItemId[];
    /** Items to leave out that say nothing about taste. */
    hidden?: ItemId[];
    /** How many recommendations, 1 to 100; 10 by default. Fewer come where fewer are left. */
    k?: number;
    /** Which items may be recommended, all by default; what is liked or disliked need not be among them. */
    only?: ItemFilter;
    /** How far what many like is held back, from 0 (not at all, the default) to 1 (lists as well known as all items are). */
    novelty?: number;
    /** How different from each other the items shall be, from 0 (as they come, the default) to 1 (as different as they can). */
    diversity?: number;
}

/** An item passes that is all of what is given. */
export interface ItemFilter {
    /** At least one of these, spelt as in the catalogue. */
    genres?: string[];
    /** None of these. */
    notGenres?: string[];
    /** First and last year, both included. An item without a year does not pass. */
    years?: [number, number];
    /** The quarter of all items with the most likes, or the half with the fewest. */
    popularity?: "all" | "well-known" | "lesser-known";
}
"#;

impl JsRecommender {
    /// The request, and its diversity.
    pub(super) fn request_of(&self, request: &JsValue) -> Result<(Request, f32), JsError> {
        let known = ["liked", "disliked", "hidden", "k", "only", "novelty", "diversity"];
        check_keys(request, "key of a request", &known)?;
        let items = |key: &str| -> Result<Vec<u32>, JsError> {
            list(request, key, "item ids")?.iter().map(|item| self.item_idx_of(&item)).collect()
        };
        let k = match get(request, "k") {
            None => DEFAULT_K,
            Some(k) => match k.as_f64() {
                Some(k) if k.fract() == 0.0 && k >= 0.0 => k as usize,
                _ => return Err(JsError::new("k must be a whole number")),
            },
        };
        let (liked, disliked, hidden) = (items("liked")?, items("disliked")?, items("hidden")?);
        let only = get(request, "only").map(|filter| self.mask_of(&filter)).transpose()?;
        let novelty = self.recommender.novelty_of(slider(request, "novelty")?);
        Ok((Request { liked, disliked, hidden, k, only, novelty }, slider(request, "diversity")?))
    }

    /// The items that pass a filter; kept for the next request, which mostly has the same.
    fn mask_of(&self, filter: &JsValue) -> Result<ItemMask, JsError> {
        let filter = self.filter_of(filter)?;
        let mut last = self.last_filter.borrow_mut();
        if let Some((_, mask)) = last.as_ref().filter(|(other, _)| *other == filter) {
            return Ok(mask.clone());
        }
        let items = self.titles.as_ref().map(|titles| titles.catalogue.items()).unwrap_or_default();
        let mask = filter.mask(items, &self.recommender.incidence().hyperedge_degrees());
        last.replace((filter, mask.clone()));
        Ok(mask)
    }

    fn filter_of(&self, filter: &JsValue) -> Result<Filter, JsError> {
        check_keys(filter, "key of only", &["genres", "notGenres", "years", "popularity"])?;
        let years = match get(filter, "years") {
            None => None,
            Some(years) => Some(two_years(&years).ok_or_else(|| JsError::new("years must be the first and the last"))?),
        };
        let popularity = match get(filter, "popularity") {
            None => PopularityBand::All,
            Some(name) => name
                .as_string()
                .and_then(|name| PopularityBand::named(&name))
                .ok_or_else(|| JsError::new("popularity must be all, well-known or lesser-known"))?,
        };
        let (genres, not_genres) = (self.genres(filter, "genres")?, self.genres(filter, "notGenres")?);
        let filter = Filter { genres, not_genres, years, popularity };
        if filter.needs_catalogue() && self.titles.is_none() {
            return Err(JsError::new(
                "genres and years need a catalogue: pass one to Recommender.load(model, { catalogue: ... })",
            ));
        }
        Ok(filter)
    }

    /// A list of genres that the catalogue has: a misspelt one would else leave nothing, or all.
    fn genres(&self, filter: &JsValue, key: &str) -> Result<Vec<String>, JsError> {
        let mut genres = Vec::new();
        for genre in list(filter, key, "genres")?.iter() {
            let genre = genre.as_string().unwrap_or_default();
            if let Some(titles) = &self.titles
                && !titles.catalogue.items().iter().any(|item| item.genres.contains(&genre))
            {
                return Err(JsError::new(&format!("the catalogue has no item of genre \"{genre}\"")));
            }
            genres.push(genre);
        }
        Ok(genres)
    }
}

/// An array, empty where there is none.
fn list(object: &JsValue, key: &str, of: &str) -> Result<Array, JsError> {
    match get(object, key) {
        None => Ok(Array::new()),
        Some(list) => list.dyn_into().map_err(|_| JsError::new(&format!("{key} must be an array of {of}"))),
    }
}

/// A number from 0 to 1, 0 where there is none.
fn slider(request: &JsValue, key: &str) -> Result<f32, JsError> {
    let Some(value) = get(request, key) else { return Ok(0.0) };
    let value = value.as_f64().filter(|value| (0.0..=1.0).contains(value));
    value.map(|value| value as f32).ok_or_else(|| JsError::new(&format!("{key} must be a number from 0 to 1")))
}

/// Years from an array of two numbers; none is later than the last that an item can have.
fn two_years(years: &JsValue) -> Option<(u16, u16)> {
    let years = years.dyn_ref::<Array>()?;
    let year = |at| years.get(at).as_f64().filter(|year| *year >= 0.0).map(|year| year as u16);
    Some((year(0)?, year(1)?))
}
