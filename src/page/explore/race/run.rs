//! How the race is run: warm-up, runs that alternate, a pause for the page between any two.

use std::cell::{Ref, RefCell};
use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::super::Models;
use super::gpu::OnGpu;
use crate::clock;
use crate::explorer::{N_RUNS, N_WARM_UPS, Replay, Times, clock_step, n_answers_a_run, ratio};
use crate::page::session::{Core, Session};
use crate::page::text::race as text;
use crate::ranking::{mark, mask_words, top_k};
use crate::student::Request;
use crate::teacher::Teacher;

/// Films that are asked for.
const K: usize = 10;

/// How long the clock is watched, in milliseconds, and how many of its readings are enough.
const WATCHED_MS: f64 = 20.0;
const N_READINGS: usize = 16;

/// Where the race stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Not begun.
    Fresh,
    /// The clock is looked at, and both warm up.
    WarmUp,
    /// In this run, from 1.
    Run(usize),
    /// All runs are done.
    Done,
    /// Stopped before.
    Stopped,
}

impl Phase {
    pub(super) fn is_running(self) -> bool {
        matches!(self, Self::WarmUp | Self::Run(_))
    }

    pub(super) fn is_fresh(self) -> bool {
        self == Self::Fresh
    }

    pub(super) fn run(self) -> Option<usize> {
        match self {
            Self::Run(run) => Some(run),
            _ => None,
        }
    }
}

/// Where both run, and how long it took.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Lane {
    /// CPU or GPU.
    pub(super) engine: &'static str,
    /// What computes.
    pub(super) device: String,
    /// Of teacher and student.
    pub(super) times: [Times; 2],
}

impl Lane {
    /// The medians, once both have one.
    pub(super) fn p50(&self) -> Option<[f64; 2]> {
        Some([self.times[0].p50()?, self.times[1].p50()?])
    }
}

/// What is seen of the race.
#[derive(Debug)]
pub(super) struct Board {
    pub(super) phase: Phase,
    pub(super) lanes: Vec<Lane>,
    /// The clock's step, in milliseconds.
    pub(super) step_ms: f64,
    /// Why the GPU does not race, as a clause.
    pub(super) no_gpu: Option<String>,
    /// The replay that is on, by its number.
    pub(super) replay: Option<u32>,
}

/// The race.
pub(super) struct Race {
    pub(super) session: Session,
    models: Rc<Models>,
    board: RefCell<Board>,
    /// Counts the changes of the board.
    n_changes: RwSignal<u32>,
    /// Counts starts and stops, so that a run knows when it is over; gone with the view.
    turn: StoredValue<u32>,
}

impl Race {
    pub(super) fn new(session: Session, models: Rc<Models>) -> Rc<Self> {
        let board = Board { phase: Phase::Fresh, lanes: Vec::new(), step_ms: 0.0, no_gpu: None, replay: None };
        Rc::new(Self {
            session,
            models,
            board: RefCell::new(board),
            n_changes: RwSignal::new(0),
            turn: StoredValue::new(0),
        })
    }

    /// What is seen now, for whatever changes with it.
    pub(super) fn board(&self) -> Ref<'_, Board> {
        self.n_changes.track();
        self.board.borrow()
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut Board)) {
        change(&mut self.board.borrow_mut());
        self.n_changes.try_update(|n| *n = n.wrapping_add(1));
    }

    /// Starts it, or stops it where it runs.
    pub(super) fn press(self: &Rc<Self>) {
        self.turn.update_value(|turn| *turn = turn.wrapping_add(1));
        if self.board.borrow().phase.is_running() {
            self.change(|board| board.phase = Phase::Stopped);
            return;
        }
        self.change(|board| (board.phase, board.replay) = (Phase::WarmUp, None));
        let (race, turn) = (Rc::clone(self), self.turn.get_value());
        spawn_local(async move {
            if race.run(turn).await.is_some() {
                race.change(|board| board.phase = Phase::Done);
            }
        });
    }

    /// What ends the race with its view.
    pub(super) fn end(&self) -> impl FnOnce() + use<> {
        let turn = self.turn;
        move || {
            turn.try_update_value(|turn| *turn = turn.wrapping_add(1));
        }
    }

    /// Lets the page breathe; `None` where the race was stopped meanwhile, or the view left.
    async fn pause(&self, turn: u32) -> Option<()> {
        clock::breathe().await;
        (self.turn.try_get_value() == Some(turn)).then_some(())
    }

    /// `None` where it was stopped.
    async fn run(&self, turn: u32) -> Option<()> {
        self.pause(turn).await?;
        let step_ms = watch_clock();
        self.change(|board| board.step_ms = step_ms);
        let models = &self.models;
        let core = self.session.core();
        let on_gpu = OnGpu::new(&core, models.teacher.as_ref()?).await;
        self.pause(turn).await?;
        self.change(|board| board.no_gpu = on_gpu.as_ref().err().cloned());
        let mut gpu = on_gpu.ok();
        let contest = Contest {
            teacher: models.teacher.as_ref()?,
            request: untrack(|| self.session.shelf.with(|shelf| shelf.request(K))),
            core: &core,
        };
        let mut lanes = vec![Lane { engine: text::CPU, device: text::ON_CPU.to_owned(), ..Lane::default() }];
        if let Some(gpu) = &gpu {
            let is_wide = contest.teacher.config().is_wide();
            lanes.push(Lane { engine: text::GPU, device: text::on_gpu(&gpu.device(), is_wide), ..Lane::default() });
        }
        for run in 0..=N_RUNS {
            if run > 0 {
                self.change(|board| board.phase = Phase::Run(run));
            }
            for (place, lane) in lanes.iter_mut().enumerate() {
                // Each begins every other run, so that neither always comes after the pause.
                for who in [run % 2, (run + 1) % 2] {
                    if place == 1 && gpu.is_none() {
                        continue;
                    }
                    let on = if place == 1 { gpu.as_ref() } else { None };
                    let timed = if run == 0 {
                        self.warm_up(turn, &contest, on, who).await?.map(|once_ms| {
                            lane.times[who].n_answers = n_answers_a_run(once_ms, step_ms);
                        })
                    } else {
                        self.pause(turn).await?;
                        let n_answers = lane.times[who].n_answers;
                        contest.timed(on, who, n_answers).await.map(|run_ms| lane.times[who].push(run_ms))
                    };
                    if let Err(reason) = timed {
                        self.change(|board| board.no_gpu = Some(reason));
                        gpu = None;
                    }
                }
            }
            // Nothing is shown of a view that has been left meanwhile.
            self.pause(turn).await?;
            self.change(|board| board.lanes.clone_from(&lanes));
        }
        Some(())
    }

    /// The quickest of the warm-ups; `None` where the race was stopped meanwhile.
    async fn warm_up(
        &self,
        turn: u32,
        contest: &Contest<'_>,
        on: Option<&OnGpu>,
        who: usize,
    ) -> Option<Result<f64, String>> {
        let mut once_ms = f64::INFINITY;
        for _ in 0..N_WARM_UPS {
            self.pause(turn).await?;
            match contest.timed(on, who, 1).await {
                Ok(ms) => once_ms = once_ms.min(ms),
                Err(reason) => return Some(Err(reason)),
            }
        }
        Some(Ok(once_ms))
    }

    /// What is told of the race to whoever does not look.
    pub(super) fn said(&self) -> String {
        let board = self.board();
        match board.phase {
            Phase::Fresh => String::new(),
            Phase::WarmUp => text::READING_CLOCK.to_owned(),
            Phase::Run(_) => text::RACING.to_owned(),
            Phase::Stopped => text::STOPPED.to_owned(),
            Phase::Done => {
                let said = |lane: &Lane| {
                    let [teacher, student] = lane.p50()?;
                    Some((lane.engine, teacher, student, ratio(&lane.times[0], &lane.times[1])?))
                };
                text::done(&board.lanes.iter().filter_map(said).collect::<Vec<_>>())
            }
        }
    }

    /// A replay of a lane.
    pub(super) fn replay_of(lane: &Lane) -> Option<Replay> {
        let [teacher, student] = lane.p50()?;
        Replay::new(teacher, student)
    }
}

/// The question that both answer.
struct Contest<'a> {
    core: &'a Core,
    teacher: &'a Teacher,
    request: Request,
}

impl Contest<'_> {
    /// How long so many answers of one of them take, on the GPU where there is one; or why there are none.
    async fn timed(&self, on: Option<&OnGpu>, who: usize, n_answers: u32) -> Result<f64, String> {
        let began = clock::now_ms();
        let mut n_films = 0;
        for _ in 0..n_answers {
            n_films += match (on, who) {
                (None, 0) => self.ranked(&self.teacher.logits_of_visitor(&self.request.liked).unwrap_or_default()),
                // A shelf is never refused: its films are the model's, once each.
                (None, _) => self.core.recommender.recommend_on_cpu(&self.request).map_or(0, |ranked| ranked.len()),
                (Some(gpu), 0) => self.ranked(&gpu.teacher(self.teacher, &self.request).await?),
                (Some(gpu), _) => gpu.student(self.core, &self.request).await?,
            };
        }
        // Nothing that is computed is left out as if nobody looked.
        std::hint::black_box(n_films);
        Ok(clock::now_ms() - began)
    }

    /// Ranks the teacher's logits, without what stands on the shelf: how many films come of it.
    fn ranked(&self, logits: &[f32]) -> usize {
        let Request { liked, disliked, hidden, k, .. } = &self.request;
        let mut mask = vec![0; mask_words(logits.len())];
        if !logits.is_empty() {
            [liked, disliked, hidden].into_iter().for_each(|seen| mark(&mut mask, seen));
        }
        let mut ranked = Vec::new();
        top_k(logits, &mask, *k, &mut ranked);
        ranked.len()
    }
}

/// The clock's smallest step that is seen.
fn watch_clock() -> f64 {
    let began = clock::now_ms();
    let mut readings = vec![began];
    let mut now = began;
    while readings.len() < N_READINGS && now - began < WATCHED_MS {
        now = clock::now_ms();
        if readings.last() != Some(&now) {
            readings.push(now);
        }
    }
    clock_step(&readings)
}
