//! The confidentiality module: six themes, each with a short scene and another one to try when the first went wrong
//! (GUARANTEES S-039; JOURNEYS 2.6 step 5). There is no page that says "failed": a wrong choice is explained, and another
//! scene of the same theme is asked. Data: `scenes.toml`.

use crate::words::Words;
use serde::Deserialize;
use std::sync::LazyLock;

/// Version of the scenes; a new one is asked anew.
pub const VERSION: &str = "2026-11-23.1";
/// Themes of the module.
pub const THEMES: usize = 6;
/// Answers that are remembered of one application; nobody needs as many.
pub const ANSWERS_LIMIT: usize = 60;

/// A sentence in both languages.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    en: String,
    fr: String,
}

impl Said {
    fn words(&self) -> Words {
        Words::new(self.en.clone(), self.fr.clone())
    }
}

/// One scene.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scene {
    /// Stable code.
    pub code: String,
    /// Which theme, from 1.
    pub theme: usize,
    /// Which choice is right, from 1.
    right: usize,
    scene: Said,
    choices: Vec<Said>,
    why: Said,
}

impl Scene {
    /// What happens.
    #[must_use]
    pub fn words(&self) -> Words {
        self.scene.words()
    }
    /// What one could do, in the order of keys 1 to 4.
    #[must_use]
    pub fn choices(&self) -> Vec<Words> {
        self.choices.iter().map(Said::words).collect()
    }
    /// Why the right choice is right.
    #[must_use]
    pub fn why(&self) -> Words {
        self.why.words()
    }
    /// Whether a choice, from 1, is right.
    #[must_use]
    pub fn is_right(&self, choice: usize) -> bool {
        choice == self.right
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    scene: Vec<Scene>,
}

static SCENES: LazyLock<Vec<Scene>> = LazyLock::new(|| read(include_str!("scenes.toml")));

/// Scenes of a file of ours. A test reads the same text: a file that cannot be read never leaves the workshop.
pub(super) fn read(text: &str) -> Vec<Scene> {
    toml::from_str::<File>(text).map(|file| file.scene).unwrap_or_default()
}

/// All scenes.
#[must_use]
pub fn scenes() -> &'static [Scene] {
    &SCENES
}

/// What comes next.
#[derive(Debug, Clone)]
pub enum Next {
    /// This scene is asked.
    Ask {
        /// Which.
        scene: &'static Scene,
        /// Themes done so far.
        done: usize,
        /// The scene that went wrong just before: its explanation stands above this one.
        after: Option<&'static Scene>,
    },
    /// All themes were answered well.
    Passed {
        /// Themes answered well at the first try.
        score: u32,
    },
}

/// What comes after these answers: codes of scenes and choices, in order.
#[must_use]
pub fn next(answers: &[(String, usize)]) -> Next {
    let (mut score, mut after) = (0, None);
    let find = |code: &str| scenes().iter().find(|scene| scene.code == code);
    for theme in 1..=THEMES {
        let tried: Vec<(&'static Scene, usize)> = answers
            .iter()
            .filter_map(|(code, choice)| Some((find(code)?, *choice)))
            .filter(|(scene, _)| scene.theme == theme)
            .collect();
        if tried.iter().any(|(scene, choice)| scene.is_right(*choice)) {
            score += u32::from(tried.first().is_some_and(|(scene, choice)| scene.is_right(*choice)));
            continue;
        }
        let of_theme: Vec<&'static Scene> = scenes().iter().filter(|scene| scene.theme == theme).collect();
        if let Some((wrong, _)) = tried.last() {
            after = Some(*wrong);
        }
        if let Some(scene) = of_theme.get(tried.len() % of_theme.len().max(1)) {
            return Next::Ask { scene, done: theme - 1, after };
        }
    }
    Next::Passed { score }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn s039_six_themes_have_two_scenes_each_in_both_languages() {
        let file: File = toml::from_str(include_str!("scenes.toml")).expect("scenes.toml");
        let codes: BTreeSet<&str> = file.scene.iter().map(|scene| scene.code.as_str()).collect();
        assert_eq!(codes.len(), file.scene.len());
        for theme in 1..=THEMES {
            assert_eq!(file.scene.iter().filter(|scene| scene.theme == theme).count(), 2, "{theme}");
        }
        for scene in &file.scene {
            assert!((3..=4).contains(&scene.choices.len()) && scene.is_right(scene.right));
            assert!(scene.right >= 1 && scene.right <= scene.choices.len(), "{}", scene.code);
            for said in scene.choices.iter().chain([&scene.scene, &scene.why]) {
                assert!(!said.en.is_empty() && !said.fr.is_empty() && said.en != said.fr, "{}", scene.code);
            }
        }
    }

    #[test]
    fn s039_six_right_choices_pass_and_a_wrong_one_is_explained_and_asked_otherwise() {
        let mut answers: Vec<(String, usize)> = Vec::new();
        for done in 0..THEMES {
            let Next::Ask { scene, done: told, after } = next(&answers) else { panic!("{done}") };
            assert_eq!((told, after.is_none()), (done, true));
            answers.push((scene.code.clone(), scene.right));
        }
        assert!(matches!(next(&answers), Next::Passed { score: 6 }));

        let Next::Ask { scene: first, .. } = next(&[]) else { panic!() };
        let wrong = if first.right == 1 { 2 } else { 1 };
        let mut answers = vec![(first.code.clone(), wrong)];
        let Next::Ask { scene: second, after, .. } = next(&answers) else { panic!() };
        assert!(second.code != first.code && second.theme == first.theme);
        assert_eq!(after.map(|scene| scene.code.as_str()), Some(first.code.as_str()));
        answers.push((second.code.clone(), second.right));
        while let Next::Ask { scene, .. } = next(&answers) {
            answers.push((scene.code.clone(), scene.right));
        }
        assert!(matches!(next(&answers), Next::Passed { score: 5 }));
        assert!(matches!(next(&[("nowhere".into(), 1)]), Next::Ask { done: 0, .. }), "no scene of ours");
    }
}
