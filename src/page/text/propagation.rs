//! What each step of the propagation says: in plain words, in the field's term, as an equation.

use super::count;
use crate::explorer::Vertex;
use crate::explorer::propagation::{Name, StepKind};

pub(crate) const NODE: &str = "Whose numbers";
pub(crate) const MODEL: &str = "Model";
pub(crate) const STUDENT: &str = "Student";
pub(crate) const TEACHER: &str = "Teacher";
pub(crate) const NO_TEACHER: &str =
    "The teacher of this model has no hypergraph layers, or this node is in no hyperedge of it.";
pub(crate) const BACK: &str = "One step back";
pub(crate) const FORWARD: &str = "One step on";
pub(crate) const PLAY: &str = "Play";
pub(crate) const PAUSE: &str = "Pause";
pub(crate) const SLOW: &str = "Slow motion";
pub(crate) const SCRUB: &str = "Step";
pub(crate) const PLAYER: &str = "The steps";
pub(crate) const CELLS: &str =
    "The numbers of this step. The arrow keys choose one; how it came about is written beside.";
pub(crate) const TABLE: &str = "The same as a table";
pub(crate) const NUMBER: &str = "Number";
pub(crate) const ARITHMETIC: &str = "How this number came about";
pub(crate) const LEARNED: &str = "Learned in training: there is nothing to compute.";
pub(crate) const LEFT_OVER: &str = "left over by rounding";
pub(crate) const CLIPPED: &str = "Below zero, so 0 stands in its place.";
pub(crate) const HINT: &str = "Point at a number to read it, press it to see how it came about.";
pub(crate) const NO_NODE: &str = "There is nothing to follow.";
pub(crate) const NOTHING_GATHERED: &str = "Nothing yet: like a film, and its numbers come here.";

/// `Step 3 of 8: Degrees`.
pub(crate) fn step(place: usize, n_steps: usize, kind: StepKind) -> String {
    format!("Step {} of {n_steps}: {}", place + 1, title(kind))
}

/// Before the stage that a step is part of.
pub(crate) const STAGE: &str = "Stage";

/// What a step is called.
pub(crate) fn title(kind: StepKind) -> &'static str {
    match kind {
        StepKind::Features => "Learned",
        StepKind::Transform => "Times W",
        StepKind::Scale => "Degrees",
        StepKind::Gather => "Gathered",
        StepKind::Normalise => "Its own degree",
        StepKind::Half => "First half",
        StepKind::Hidden => "Both halves",
        StepKind::Score => "The score",
        StepKind::Novelty => "Surprise",
        StepKind::Members => "Its members",
        StepKind::MemberDegrees => "Degrees",
        StepKind::ToEdge => "Node to hyperedge",
        StepKind::Edges => "All hyperedges",
        StepKind::ToNode => "Hyperedge to node",
        StepKind::Layer => "Times Theta",
    }
}

/// What the outline around the sources is.
pub(crate) fn hyperedge(node: Vertex, name: &str, n: usize) -> String {
    match node {
        Vertex::You => format!("You, as a hyperedge: you hold {}", count(n, "film", "films")),
        Vertex::Person(_) => format!("{name}, as a hyperedge: it holds {}", count(n, "film", "films")),
        Vertex::Item(_) => format!("{name}, as a hyperedge: it holds {}", count(n, "person", "people")),
    }
}

/// What the outlines around what hyperedges have gathered are.
pub(crate) fn hyperedges(node: Vertex, name: &str, n: usize) -> String {
    let n = count(n, "hyperedge", "hyperedges");
    if node == Vertex::You { format!("You are in {n}") } else { format!("{name} is in {n}") }
}

/// What happens in a step of the teacher, in a plain sentence; `edge` is the hyperedge that is followed.
pub(crate) fn teacher_sentence(kind: StepKind, node: Vertex, name: &str, edge: &str, n: usize, degree: &str) -> String {
    match (kind, node) {
        (StepKind::Members, Vertex::Item(_)) => format!(
            "For the teacher, too, films are rows of {n} numbers. {edge} is a hyperedge: it holds every film that this \
             person liked, {name} among them."
        ),
        (StepKind::Members, _) => format!(
            "For the teacher, too, people are rows of {n} numbers. {edge} is a hyperedge: it holds everybody who liked it, {} \
             among them.",
            if node == Vertex::You { "you" } else { name }
        ),
        (StepKind::MemberDegrees, _) => {
            "Who is in many hyperedges counts less in each: every row is divided by the square root of its degree."
                .to_owned()
        }
        (StepKind::ToEdge, _) => format!(
            "From nodes to the hyperedge: its members’ rows are added up and divided by how many there are, {degree}."
        ),
        (StepKind::Edges, _) => {
            "Every hyperedge does the same with its own members, so each is now one row, too.".to_owned()
        }
        (StepKind::ToNode, _) => format!(
            "And back from hyperedges to the node: what {} hyperedges have gathered is added up and divided by the square \
             root of their number, {degree}.",
            if node == Vertex::You { "your" } else { "its" }
        ),
        _ => format!(
            "A table Theta of {n} × {n} numbers ends the layer. The teacher does all of this for every node at once, layer \
             after layer; the student needs it once, for you alone."
        ),
    }
}

/// What happens, in a plain sentence.
pub(crate) fn sentence(kind: StepKind, node: Vertex, name: &str, film: &str, n: usize, degree: &str) -> String {
    let whose = match node {
        Vertex::You => "your",
        _ => "its",
    };
    match (kind, node) {
        (StepKind::Features, Vertex::You) => {
            format!("Each film you like is a row of {n} numbers that training has found for it.")
        }
        (StepKind::Features, Vertex::Person(_)) => {
            format!("{name} and each film this person liked are rows of {n} numbers that training has found.")
        }
        (StepKind::Features, Vertex::Item(_)) => {
            format!("{name} and each person who liked it are rows of {n} numbers that training has found.")
        }
        (StepKind::Transform, _) => format!(
            "Every row goes through one table W of {n} × {n} numbers: each new number is a weighted sum of all numbers of \
             the old row."
        ),
        (StepKind::Scale, Vertex::Item(_)) => {
            "Who likes many films says less about one: each row is divided by the square root of its degree.".to_owned()
        }
        (StepKind::Scale, _) => format!(
            "A film that many people like says less about {}: each row is divided by the square root of its degree.",
            if node == Vertex::You { "you" } else { "one of them" }
        ),
        (StepKind::Gather, Vertex::You) => {
            "Your films meet in you: you are the hyperedge that holds them all, and their rows are added up.".to_owned()
        }
        (StepKind::Gather, _) => {
            format!("They meet in {name}, the hyperedge that holds them all: the rows are added up.")
        }
        (StepKind::Normalise, Vertex::You) => {
            format!("The sum is divided by the square root of your own degree, {degree}. These {n} numbers are you.")
        }
        (StepKind::Normalise, _) => format!(
            "The sum is divided by the square root of its own degree, {degree}. These {n} numbers are what the model knows \
             of {name}."
        ),
        (StepKind::Half, _) => format!(
            "A light network looks at a pair of you and a film. First {whose} half: each number is a weighted sum of all \
             numbers of the row before."
        ),
        (StepKind::Hidden, _) => format!(
            "The two halves meet, number by number, and what is below zero is switched off: {n} units stay on for {film}."
        ),
        (StepKind::Score, _) => format!(
            "And on to a node: the units are weighed and added up, and so is what the two rows have in common, number \
             times number. Together they are the score of {film}."
        ),
        (StepKind::Novelty, _) => {
            format!("You asked for surprise, so {film} loses the more the better known it is.")
        }
        _ => String::new(),
    }
}

/// The field's term.
pub(crate) fn term(kind: StepKind, node: Vertex) -> &'static str {
    match (kind, node) {
        (StepKind::Features, _) => "node features X",
        (StepKind::Transform, _) => "linear transform, a layer without activation",
        (StepKind::Scale, _) => "symmetric normalisation, the nodes’ side",
        (StepKind::Gather, _) => "aggregation, from nodes to their hyperedge",
        (StepKind::Normalise, Vertex::You) => "user embedding, by fold-in",
        (StepKind::Normalise, Vertex::Person(_)) => "user embedding, by graph convolution",
        (StepKind::Normalise, Vertex::Item(_)) => "item embedding, by graph convolution",
        (StepKind::Half, Vertex::Item(_)) => "hidden layer, the item’s half",
        (StepKind::Half, _) => "hidden layer, the user’s half",
        (StepKind::Hidden, _) => "rectified linear units",
        (StepKind::Score, _) => "logit of a hybrid head: an MLP beside an inner product",
        (StepKind::Novelty, _) => "popularity discount",
        (StepKind::Members, _) => "input of the first layer",
        (StepKind::MemberDegrees, _) => "normalisation by the node degree",
        (StepKind::ToEdge, _) => "node-to-hyperedge aggregation",
        (StepKind::Edges, _) => "hyperedge features",
        (StepKind::ToNode, _) => "hyperedge-to-node aggregation: together, propagate",
        (StepKind::Layer, _) => "a layer of a hypergraph neural network, eq. 3",
    }
}

/// The step's own equation; the stage's stands beside it.
pub(crate) fn equation(kind: StepKind, node: Vertex) -> &'static str {
    match (kind, node) {
        (StepKind::Features, _) => "X_j",
        (StepKind::Transform, _) => "(XW)_j = X_j W",
        (StepKind::Scale, Vertex::You) => "w_j d_j^-1/2 (XW)_j",
        (StepKind::Scale, _) => "d_j^-1/2 (XW)_j",
        (StepKind::Gather, Vertex::You) => "sum_j w_j d_j^-1/2 (XW)_j",
        (StepKind::Gather, _) => "sum_j d_j^-1/2 (XW)_j",
        (StepKind::Normalise, Vertex::You) => "z_v = d_v^-1/2 sum_j w_j d_j^-1/2 (XW)_j",
        (StepKind::Normalise, Vertex::Person(_)) => "z_u = d_u^-1/2 sum_j d_j^-1/2 (XW)_j",
        (StepKind::Normalise, Vertex::Item(_)) => "z_i = d_i^-1/2 sum_j d_j^-1/2 (XW)_j",
        (StepKind::Half, Vertex::Item(_)) => "C_i = W_i z_i + b1",
        (StepKind::Half, _) => "a_v = W_u z_v",
        (StepKind::Hidden, _) => "h = relu(a_v + C_i)",
        (StepKind::Score, _) => "s_i = w2 . h + z_v . z_i + b2",
        (StepKind::Novelty, _) => "s_i - novelty p_i",
        (StepKind::Members, _) => "X_u",
        (StepKind::MemberDegrees, _) => "d_u^-1/2 X_u",
        (StepKind::ToEdge, _) => "E_e = d_e^-1 sum_u d_u^-1/2 X_u",
        (StepKind::Edges, _) => "E = D_e^-1 H^T D_v^-1/2 X",
        (StepKind::ToNode, _) => "(PX)_v = d_v^-1/2 sum_e E_e",
        (StepKind::Layer, _) => "P = D_v^-1/2 H D_e^-1 H^T D_v^-1/2 , X' = P X Theta",
    }
}

/// What the factors of a term are.
pub(crate) fn factors(kind: StepKind, name: Name) -> &'static str {
    match (kind, name) {
        (StepKind::Features, Name::Others(_)) => "its number, added up",
        (StepKind::Transform, _) => "the row’s number × its weight in W",
        (StepKind::Scale, _) => "1 / √degree × the row’s number",
        (StepKind::Normalise, _) => "1 / √degree × the sum",
        (StepKind::Gather, _) => "the rows’ numbers, added up",
        (StepKind::Half | StepKind::Hidden, Name::UserHalf) => "a number of z × its weight in W_u",
        (StepKind::Half | StepKind::Hidden, Name::ItemHalf) => "a number of z × its weight in W_i, and b1",
        (StepKind::Hidden, _) => "the two halves, added up",
        (StepKind::Score, Name::Weighted) => "the unit’s weight in w2 × the unit",
        (StepKind::Score, Name::Products) => "its number in z of the user × in z of the film",
        (StepKind::Novelty, _) => "the score, less surprise × how well known it is",
        (StepKind::Members, Name::Source(_)) => "1 / √degree × 1 / √(the film’s degree) × what was learned of the film",
        (StepKind::MemberDegrees | StepKind::ToNode, _) => "1 / √degree × the row’s number",
        (StepKind::ToEdge, _) => "1 / degree of the hyperedge × the row’s number",
        (StepKind::Edges, Name::Source(_)) => "1 / degree of the hyperedge × 1 / √degree of the member × its number",
        (StepKind::Layer, _) => "a number of the row × its weight in Theta",
        _ => "added up",
    }
}

/// What a row of numbers is called; `name` is the source's own, or the node's.
pub(crate) fn row(name: Name, of: &str) -> String {
    match name {
        Name::Source(_) => of.to_owned(),
        Name::Others(n) => count(n, "other, added up", "others, added up"),
        Name::Sum => "The sum".to_owned(),
        Name::Emb(Vertex::You) => "You: z".to_owned(),
        Name::Emb(_) => format!("{of}: z"),
        Name::UserHalf => "The user’s half".to_owned(),
        Name::ItemHalf => "The film’s half".to_owned(),
        Name::Units => "Both, if above zero".to_owned(),
        Name::Weighted => "The units, weighed".to_owned(),
        Name::WeightedSum => "The units, added up".to_owned(),
        Name::Products => "In common, z × z".to_owned(),
        Name::ProductsSum => "In common, added up".to_owned(),
        Name::Bias => "Bias, b₂".to_owned(),
        Name::Logit => "The score".to_owned(),
        Name::Novel => "Score in the list".to_owned(),
        Name::Own => "its own".to_owned(),
        Name::Text => "from its text".to_owned(),
        Name::Edge(_) => format!("{of}, as one row"),
        Name::Propagated(Vertex::You) => "Back at you".to_owned(),
        Name::Propagated(_) => format!("Back at {of}"),
        Name::Layer(_) => "After the layer".to_owned(),
    }
}

/// A degree beside a row.
pub(crate) fn degree(degree: &str, factor: &str) -> String {
    format!("degree {degree}: × {factor}")
}

/// Beside a row whose colours are scaled by themselves.
pub(crate) fn own_scale(end: &str) -> String {
    format!("colours up to {end}")
}

/// What the pointer is on.
pub(crate) fn readout(row: &str, column: usize, value: &str) -> String {
    format!("{row}, number {}: {value}", column + 1)
}

/// What a term of a sum comes from.
pub(crate) fn column(column: usize) -> String {
    format!("number {}", column + 1)
}
