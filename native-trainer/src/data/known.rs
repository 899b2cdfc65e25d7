//! Data sets that people know by name: where they come from, under which conditions, and what to type.

/// A data set that has a name.
#[derive(Debug, PartialEq, Eq)]
pub struct Known {
    /// Name for `--dataset`.
    pub name: &'static str,
    /// Name for reports.
    pub title: &'static str,
    /// Who publishes it, and where.
    from: &'static str,
    /// The file of interactions.
    file: &'static str,
    /// The file of titles.
    items: &'static str,
    /// Under which conditions.
    licence: &'static str,
    /// Its size in the paper.
    paper: Option<Sizes>,
}

/// Sizes that the paper gives of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Users.
    pub users: usize,
    /// Items.
    pub items: usize,
    /// Reviews.
    pub reviews: usize,
}

const MCAULEY: &str = "Julian McAuley's group at UC San Diego, page \"Amazon product data\", edition of 2014, section of \
                       the 5-core subsets; the editions of 2018 and 2023 are read as well";
const AMAZON_LICENCE: &str = "no licence is stated; published for research, with the request to cite R. He and \
                              J. McAuley, \"Ups and downs\", WWW 2016. Do not pass the reviews on";

/// All of them.
pub static ALL: [Known; 6] = [
    Known {
        name: "amazon-cds",
        title: "Amazon CDs and Vinyl",
        from: MCAULEY,
        file: "reviews_CDs_and_Vinyl_5.json.gz",
        items: "meta_CDs_and_Vinyl.json.gz",
        licence: AMAZON_LICENCE,
        paper: Some(Sizes { users: 71_258, items: 65_443, reviews: 1_243_755 }),
    },
    Known {
        name: "amazon-beauty",
        title: "Amazon Beauty",
        from: MCAULEY,
        file: "reviews_Beauty_5.json.gz",
        items: "meta_Beauty.json.gz",
        licence: AMAZON_LICENCE,
        paper: Some(Sizes { users: 15_152, items: 10_176, reviews: 371_345 }),
    },
    Known {
        name: "amazon-cellphones",
        title: "Amazon Cell Phones and Accessories",
        from: MCAULEY,
        file: "reviews_Cell_Phones_and_Accessories_5.json.gz",
        items: "meta_Cell_Phones_and_Accessories.json.gz",
        licence: AMAZON_LICENCE,
        paper: Some(Sizes { users: 7_598, items: 6_208, reviews: 85_472 }),
    },
    Known {
        name: "amazon-sports",
        title: "Amazon Sports and Outdoors",
        from: MCAULEY,
        file: "reviews_Sports_and_Outdoors_5.json.gz",
        items: "meta_Sports_and_Outdoors.json.gz",
        licence: AMAZON_LICENCE,
        paper: Some(Sizes { users: 11_817, items: 11_017, reviews: 168_730 }),
    },
    Known {
        name: "yelp",
        title: "Yelp",
        from: "Yelp's own page \"Yelp Open Dataset\"; the archive holds one JSON file each for reviews and businesses",
        file: "yelp_academic_dataset_review.json",
        items: "yelp_academic_dataset_business.json",
        licence: "Yelp's Dataset Terms of Use, to be agreed to before the download: academic, not commercial use; the \
                  data may not be passed on",
        paper: Some(Sizes { users: 68_754, items: 48_548, reviews: 975_910 }),
    },
    Known {
        name: BUILT_IN,
        title: super::embedded::NAME,
        from: "GroupLens at the University of Minnesota, page \"MovieLens\"; an edition is built in and needs no file",
        file: "ratings.csv",
        items: "movies.csv",
        licence: "GroupLens's conditions: acknowledge it, pass it on only under these conditions, no commercial use \
                  without permission",
        paper: None,
    },
];

const BUILT_IN: &str = "movielens-small";

impl Known {
    /// Whether it needs no file.
    pub fn is_built_in(&self) -> bool {
        self.name == BUILT_IN
    }

    /// Its size in the paper, if it is of the paper.
    pub fn sizes(&self) -> Option<Sizes> {
        self.paper
    }

    /// Where it comes from and what to type.
    pub fn explanation(&self) -> String {
        let Self { name, title, from, file, items, licence, paper } = self;
        let paper = paper.map(|Sizes { users, items, reviews }| {
            format!("\n  paper    {users} users, {items} items, {reviews} reviews; a download can differ from that")
        });
        let paper = paper.unwrap_or_default();
        format!(
            "  what     {title}\n  from     {from}\n  files    {file}; for titles {items}\n  licence  {licence}{paper}\n  \
             then     cargo run --release -p native-trainer -- train --dataset {name} --data {file} --items {items} \
             --out {name}-model\n  \
             Every review counts as an interaction with --like-from 0; without it, ratings of 3.5 and above do"
        )
    }
}

/// The data set of that name.
///
/// # Errors
/// There is none; the nearest is named.
pub fn find(name: &str) -> Result<&'static Known, String> {
    let near = |known: &&Known| strsim::jaro_winkler(known.name, &name.to_lowercase());
    let nearest = ALL.iter().max_by(|a, b| near(a).total_cmp(&near(b))).map_or("", |known| known.name);
    let unknown =
        || format!("there is no data set {name:?}. The nearest is {nearest:?}; without --dataset any file is read");
    ALL.iter().find(|known| known.name == name).ok_or_else(unknown)
}
