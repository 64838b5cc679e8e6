//! Charts as SVG in the page: no script, no inline style. Text keeps its size; lines and bars take the width that there is. What a chart
//! says is its label too, for anyone who does not see it.

use std::fmt::{self, Write as _};

use askama::filters::HtmlSafe;

/// The height of a chart, and of what is drawn in it, in pixels.
const HEIGHT: f64 = 132.0;
const DRAWN: f64 = 100.0;

/// The room above what is drawn, for the words of a limit.
const TOP: f64 = 12.0;

/// One step of a chart.
#[derive(Clone, Debug, Default)]
pub struct Point {
    /// What the pointer shows: the time and the values in words.
    pub title: String,
    /// The value of each series; none where nothing is known.
    pub values: Vec<Option<f64>>,
}

/// A limit that values are to stay below.
#[derive(Clone, Debug)]
pub struct ChartLimit {
    /// Where it is.
    pub at: f64,
    /// What it is called.
    pub words: String,
}

/// How values are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Bars on top of each other.
    Bars,
    /// A line for each series.
    Lines,
}

/// A chart.
#[derive(Clone, Debug)]
pub struct Chart {
    /// What it says, in a sentence.
    pub label: String,
    /// How values are drawn.
    pub shape: Shape,
    /// The class of each series in the style sheet.
    pub classes: &'static [&'static str],
    /// The steps, the earliest first.
    pub points: Vec<Point>,
    /// The marks at the left: values and what they are called.
    pub marks: Vec<(f64, String)>,
    /// The words under it, spread evenly.
    pub times: Vec<String>,
    /// A limit.
    pub limit: Option<ChartLimit>,
}

impl HtmlSafe for Chart {}

impl Chart {
    /// The largest value that is drawn; 1 if there is none.
    fn most(&self) -> f64 {
        let of = |point: &Point| -> f64 {
            let values = point.values.iter().flatten();
            match self.shape {
                Shape::Bars => values.sum(),
                Shape::Lines => values.copied().fold(0.0, f64::max),
            }
        };
        let drawn = self.points.iter().map(of).chain(self.limit.iter().map(|limit| limit.at));
        let most = drawn.chain(self.marks.iter().map(|(at, _)| *at)).fold(0.0, f64::max);
        if most > 0.0 { most } else { 1.0 }
    }

    /// The paths of the series: a class and what is drawn.
    fn paths(&self, most: f64) -> Vec<(&'static str, String)> {
        let width = 100.0 / self.points.len().max(1) as f64;
        let height = |value: f64| value / most * 100.0;
        let mut paths: Vec<(&'static str, String)> = self.classes.iter().map(|class| (*class, String::new())).collect();
        let mut was_drawn = vec![false; paths.len()];
        for (nth, point) in self.points.iter().enumerate() {
            let (x, mut below) = (nth as f64 * width, 0.0);
            for (series, value) in point.values.iter().take(paths.len()).enumerate() {
                let (path, before) = (&mut paths[series].1, std::mem::replace(&mut was_drawn[series], value.is_some()));
                let Some(value) = value else { continue };
                let _ = match self.shape {
                    Shape::Bars if *value <= 0.0 => Ok(()),
                    Shape::Bars => {
                        let (high, y) = (height(*value), 100.0 - height(below + value));
                        below += value;
                        write!(path, "M{:.1} {y:.1}h{:.2}v{high:.1}h-{:.2}z", x + width * 0.1, width * 0.8, width * 0.8)
                    }
                    Shape::Lines => {
                        let letter = if before { 'L' } else { 'M' };
                        let (x, y) = (x + width / 2.0, 100.0 - height(*value));
                        // A point between two gaps is drawn as a short line.
                        let dot = if before { String::new() } else { format!("L{:.1} {y:.1}", x + 0.4) };
                        write!(path, "{letter}{x:.1} {y:.1}{dot}")
                    }
                };
            }
        }
        paths.retain(|(_, path)| !path.is_empty());
        paths
    }
}

impl fmt::Display for Chart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = self.most();
        let y = |value: f64| TOP + DRAWN - value / most * DRAWN;
        write!(f, r#"<svg width="100%" height="{HEIGHT}" role="img" aria-label="{}">"#, escaped(&self.label))?;
        for (at, _) in &self.marks {
            write!(f, r#"<line class="gl" x1="0" x2="100%" y1="{0:.1}" y2="{0:.1}"/>"#, y(*at))?;
        }
        write!(f, r#"<svg y="{TOP}" width="100%" height="{DRAWN}" viewBox="0 0 100 100" preserveAspectRatio="none">"#)?;
        for (class, path) in self.paths(most) {
            write!(f, r#"<path class="{class}" d="{path}"/>"#)?;
        }
        let width = 100.0 / self.points.len().max(1) as f64;
        for (nth, point) in self.points.iter().enumerate().filter(|(_, point)| !point.title.is_empty()) {
            let (x, title) = (nth as f64 * width, escaped(&point.title));
            write!(f, r#"<rect class="hit" x="{x:.2}" width="{width:.2}" height="100"><title>{title}</title></rect>"#)?;
        }
        f.write_str("</svg>")?;
        if let Some(limit) = &self.limit {
            let at = y(limit.at);
            write!(f, r#"<line class="lim" x1="0" x2="100%" y1="{at:.1}" y2="{at:.1}"/>"#)?;
            write!(
                f,
                r#"<text class="lim-t" x="100%" y="{:.1}" text-anchor="end">{}</text>"#,
                at - 3.0,
                escaped(&limit.words)
            )?;
        }
        for (at, words) in &self.marks {
            write!(f, r#"<text class="ax" x="0" y="{:.1}">{}</text>"#, y(*at) - 3.0, escaped(words))?;
        }
        let last = self.times.len().saturating_sub(1);
        for (nth, words) in self.times.iter().enumerate() {
            let anchor = match nth {
                0 => "start",
                nth if nth == last => "end",
                _ => "middle",
            };
            let x = nth as f64 * 100.0 / last.max(1) as f64;
            write!(
                f,
                r#"<text class="ax" x="{x:.1}%" y="{:.0}" text-anchor="{anchor}">{}</text>"#,
                HEIGHT - 4.0,
                escaped(words)
            )?;
        }
        f.write_str("</svg>")
    }
}

/// A small line without text: how something went over a time.
#[derive(Clone, Debug)]
pub struct Spark {
    /// What it says.
    pub label: String,
    /// The values, the earliest first.
    pub values: Vec<f64>,
}

impl HtmlSafe for Spark {}

impl fmt::Display for Spark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = self.values.iter().copied().fold(1.0, f64::max);
        let step = 100.0 / self.values.len().saturating_sub(1).max(1) as f64;
        let mut line = String::new();
        for (nth, value) in self.values.iter().enumerate() {
            let letter = if nth == 0 { 'M' } else { 'L' };
            write!(line, "{letter}{:.1} {:.1}", nth as f64 * step, 96.0 - value / most * 90.0)?;
        }
        write!(
            f,
            r#"<svg class="spark" viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label="{}">"#,
            escaped(&self.label)
        )?;
        write!(f, r#"<path class="a1" d="{line}L100 100L0 100Z"/><path class="l1" d="{line}"/></svg>"#)
    }
}

/// A mark that is a round number below the largest value, and its half: what stands at the left of a chart.
pub fn round_marks(most: f64) -> Vec<f64> {
    if most <= 0.0 {
        return Vec::new();
    }
    let power = 10_f64.powf(most.log10().floor());
    let round = [5.0, 2.0, 1.0].into_iter().map(|times| times * power).find(|mark| *mark <= most).unwrap_or(power);
    vec![round / 2.0, round]
}

/// A text as it stands in HTML and in attributes.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(shape: Shape, values: &[&[Option<f64>]]) -> Chart {
        let point = |values: &&[Option<f64>]| Point { title: "13:00 <b>".to_owned(), values: values.to_vec() };
        Chart {
            label: "4 \"messages\"".to_owned(),
            shape,
            classes: &["f1", "fbad"],
            points: values.iter().map(point).collect(),
            marks: Vec::new(),
            times: vec!["13:00".to_owned(), "14:00".to_owned()],
            limit: None,
        }
    }

    #[test]
    fn bars_stand_on_each_other_and_words_are_no_markup() {
        let drawn = chart(Shape::Bars, &[&[Some(3.0), Some(1.0)], &[Some(0.0), Some(0.0)]]).to_string();
        assert!(drawn.contains(r#"<path class="f1" d="M5.0 25.0h40.00v75.0h-40.00z"/>"#), "{drawn}");
        assert!(drawn.contains(r#"<path class="fbad" d="M5.0 0.0h40.00v25.0h-40.00z"/>"#), "{drawn}");
        assert!(drawn.contains("&quot;messages&quot;") && drawn.contains("13:00 &lt;b&gt;"), "{drawn}");
        assert!(!drawn.contains("style") && !drawn.contains("NaN"), "{drawn}");
    }

    #[test]
    fn a_line_has_gaps_where_nothing_is_known() {
        let values: [&[Option<f64>]; 4] = [&[Some(2.0)], &[Some(1.0)], &[None], &[Some(2.0)]];
        let paths = chart(Shape::Lines, &values).paths(2.0);
        assert_eq!(paths, [("f1", "M12.5 0.0L12.9 0.0L37.5 50.0M87.5 0.0L87.9 0.0".to_owned())]);
        let empty = chart(Shape::Lines, &[]).to_string();
        assert!(!empty.contains("NaN") && !empty.contains("inf"), "{empty}");
        let spark = Spark { label: String::new(), values: Vec::new() }.to_string();
        assert!(!spark.contains("NaN"), "{spark}");
    }

    #[test]
    fn marks_are_round() {
        assert_eq!(round_marks(187.0), [50.0, 100.0]);
        assert_eq!(round_marks(0.7), [0.25, 0.5]);
        assert!(round_marks(0.0).is_empty());
    }
}
