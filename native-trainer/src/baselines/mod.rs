//! What a teacher and its student have to beat, each in the same harness: same split, same ranking, same early stopping.
//!
//! | name | model | paper |
//! |---|---|---|
//! | `popularity` | [`popularity`] | |
//! | `itemknn` | [`itemknn`] | Sarwar et al., WWW 2001; shrinkage as in Dacrema et al., RecSys 2019 |
//! | `ease` | [`ease`] | Steck, WWW 2019 |
//! | `bpr-mf` | [`bpr_mf`] | Rendle et al., UAI 2009 |
//! | `lightgcn` | [`lightgcn`] | He et al., SIGIR 2020 |
//! | `hccf` | [`hccf`] | Xia et al., SIGIR 2022 |
//! | `hgatt` | [`hgatt`] | Bai, Zhang and Torr, Pattern Recognition 2021 |
//! | `hgnn` | [`hgnn`] | Feng et al., AAAI 2019 |
//!
//! The first three need no gradient. The others learn embeddings whose dot products are the logits and share
//! everything but the way the embeddings are propagated: [`collaborative`].

pub mod bpr_mf;
pub mod collaborative;
pub mod ease;
pub mod edge_softmax;
pub mod hccf;
pub mod hgatt;
pub mod hgnn;
pub mod itemknn;
pub mod lightgcn;
pub mod popularity;

use candle_core::{Result, bail};

use crate::models::Model;
use crate::settings::Settings;
use collaborative::{Collaborative, Task};

/// One of the baselines that learn embeddings, with its initial parameters.
///
/// # Errors
/// A model that learns none.
pub fn learned<'a>(model: Model, settings: &Settings, task: Task<'a>) -> Result<Collaborative<'a>> {
    match model {
        Model::BprMf => bpr_mf::bpr_mf(&settings.bpr_mf, task),
        Model::LightGcn => lightgcn::lightgcn(&settings.lightgcn, task),
        Model::Hccf => hccf::hccf(&settings.hccf, task),
        Model::HgAtt => hgatt::hgatt(&settings.hgatt, task),
        Model::Hgnn => hgnn::hgnn(&settings.hgnn, task),
        _ => bail!("{} is no baseline that learns embeddings", model.name()),
    }
}
