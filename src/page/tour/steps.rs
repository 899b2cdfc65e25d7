//! The steps of the tour: what each points at, and what the reader does there.

use crate::explorer::Tab;

/// One step.
pub(super) struct Step {
    pub(super) title: &'static str,
    /// What there is to see, in plain words.
    pub(super) words: &'static str,
    /// What there is to do.
    pub(super) task: &'static str,
    /// What it points at, as a selector.
    pub(super) target: &'static str,
    /// What is clicked or moved for the task, as a selector.
    pub(super) act: &'static str,
    /// What is clicked or moved for a reader who wants to be shown, as a selector.
    pub(super) example: &'static str,
    /// The view that has to be open.
    pub(super) tab: Option<Tab>,
}

pub(super) const STEPS: [Step; 9] = [
    Step {
        title: "Say what you like",
        words: "These films are all that the model knows of you, and they stay on this device. A taste to start from is \
                there already.",
        task: "Search for a film you know and like it, or choose another taste.",
        target: "[data-testid=shelf]",
        act: "[data-testid=search-result], .preset, [data-testid=shelf-item] button",
        example: ".preset + .preset",
        tab: None,
    },
    Step {
        title: "The list answers at once",
        words: "Every change is one request to a small network in this page. It takes milliseconds, which stand at the top.",
        task: "Open the reason under a film: which of yours pull it up, and which hold it down?",
        target: "[data-testid=recommendations]",
        act: "[data-testid=details-button]",
        example: "[data-testid=details-button]",
        tab: None,
    },
    Step {
        title: "A shape is a hyperedge",
        words: "Each shape holds all that belongs together at once: everyone who likes a film, or every film that one person \
                likes. Not pairs, but groups: that is what makes a graph a hypergraph.",
        task: "Click a shape, a dot or a name, and see what can be done with it.",
        target: "[data-testid=hypergraph]",
        act: "[data-testid=hypergraph] .legend button, [data-testid=hypergraph] svg g, [data-testid=hypergraph] .tab",
        example: "[data-testid=hypergraph] .legend button",
        tab: None,
    },
    Step {
        title: "One thing, three drawings",
        words: "The same memberships as shapes, as lines between two columns, and as a table of filled cells: the incidence \
                matrix, which is what the computer sees.",
        task: "Switch to another drawing and back.",
        target: "[data-testid=hypergraph]",
        act: "[data-testid^=form-]",
        example: "[data-testid=form-matrix]",
        tab: None,
    },
    Step {
        title: "Where you stand",
        words: "All films by the student's 64 numbers each, flattened to two. Near each other means liked by the same people; \
                you are the marked point.",
        task: "Choose another colouring, or come nearer.",
        target: "[data-testid=explore-panel]",
        act: "[data-testid=explore-panel] button, [data-testid=explore-panel] select, [data-testid=explore-panel] canvas",
        example: "[data-testid=explore-panel] button",
        tab: Some(Tab::Map),
    },
    Step {
        title: "One step, cell by cell",
        words: "The whole student is one matrix product: your films' numbers, divided by the sizes of the groups, added up. \
                Every number here is the model's own.",
        task: "Play it, or click any number to see its arithmetic.",
        target: "[data-testid=explore-panel]",
        act: "[data-testid=explore-panel] button, [data-testid=explore-panel] input",
        example: "[data-testid=explore-panel] button",
        tab: Some(Tab::Propagation),
    },
    Step {
        title: "Why this film, to the last digit",
        words: "The score taken apart: from each film you like, through the people who tie it to the recommendation. The parts \
                add up to the number in the list.",
        task: "Choose another film to explain.",
        target: "[data-testid=explore-panel]",
        act: "[data-testid=explore-panel] select, [data-testid=explore-panel] button",
        example: "[data-testid=explore-panel] select",
        tab: Some(Tab::Why),
    },
    Step {
        title: "What the teacher handed on",
        words: "Three models rank for one person of the data: the large teacher, the student that learned from it, and the same \
                student without a teacher. Marked films were held out: the models never saw them.",
        task: "Move the temperature and watch the teacher's dark knowledge appear.",
        target: "[data-testid=explore-panel]",
        act: "[data-testid=explore-panel] input[type=range]",
        example: "[data-testid=explore-panel] input[type=range]",
        tab: Some(Tab::Comparison),
    },
    Step {
        title: "What it was for: the race",
        words: "The teacher computes its whole hypergraph for one answer, the student one row. Both run here, on your device.",
        task: "Start the race.",
        target: "[data-testid=explore-panel]",
        act: "[data-testid=explore-panel] button",
        example: "[data-testid=explore-panel] button",
        tab: Some(Tab::Race),
    },
];
