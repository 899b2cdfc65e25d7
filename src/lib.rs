//! SHARP-Distill in the browser: a recommender distilled from a hypergraph neural network.
//!
//! | module | what it is | invariant |
//! |---|---|---|
//! | [`hypergraph`] | who belongs to what: sparse incidence, both directions | rows ascend, no repeats, both directions agree |
//! | [`student`] | CompactGCN and its light head, stage by stage, on the CPU | the list of stages is the one definition |
//! | [`teacher`] | the trained teacher, stage by stage, on the CPU: to be shown, and to be raced against | answers as the trainer's does |
//! | [`ranking`], [`metrics`] | top-k with its tie rule; precision, recall, NDCG, hit rate | score descending, then index ascending |
//! | [`bundle`] | the model file | everything is checked before use; hostile bytes end in an error |
//! | [`catalogue`] | titles, years, genres; the search over them | one entry an item of the model, same order |
//! | [`history`] | a visitor's own film list: read from a file, matched with the catalogue | nothing in a file makes it panic; its texts are text |
//! | [`explorer`] | pure state, pure layout, explanation | no DOM, deterministic |
//! | `gpu` | the same stages in WGSL on WebGPU (feature `gpu`) | no answer from a device that failed its self-check |
//! | `recommender` | chooses GPU or CPU, measures both, says which and why (feature `gpu`) | the page is never without an engine |
//! | `clock` | time, and giving up on what takes too much of it (feature `gpu`) | a tab that slept is no hung GPU |
//! | `fetch` | WebAssembly only: files from where the page comes from (feature `gpu`) | a failure says what the server said |
//! | `api`, `page` | WebAssembly only: the JavaScript class, the Leptos page | thin |
//!
//! All but `gpu`, `recommender`, `fetch`, `api` and `page` do no I/O and know neither WebGPU nor the browser.

// `{:?}` in a message would bring along how to print any text, and traps in the engine (.make/traps.mjs).
#![cfg_attr(target_arch = "wasm32", deny(clippy::use_debug))]

mod ascii;
pub mod bundle;
pub mod catalogue;
#[cfg(feature = "gpu")]
mod clock;
pub mod explorer;
#[cfg(feature = "gpu")]
pub mod gpu;
pub mod history;
pub mod hypergraph;
pub mod json;
pub mod metrics;
pub mod ranking;
#[cfg(feature = "gpu")]
pub mod recommender;
pub mod student;
pub mod teacher;

// The page does not load the class that other pages use: a tenth of its code.
#[cfg(all(target_arch = "wasm32", feature = "gpu", not(feature = "page")))]
pub mod api;
#[cfg(all(target_arch = "wasm32", feature = "gpu"))]
mod fetch;
#[cfg(all(target_arch = "wasm32", feature = "gpu"))]
mod js;
#[cfg(all(target_arch = "wasm32", feature = "page"))]
pub mod page;

/// In place of std's allocator for WebAssembly, which is 3 kB more to load.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();
