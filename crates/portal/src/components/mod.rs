//! The parts that screens are made of, one function each, after `design/LANGUAGE.md` section 6.

pub(crate) mod banner;
pub(crate) mod chain;
pub(crate) mod chrome;
pub(crate) mod evidence;
pub(crate) mod flag;
pub(crate) mod flowsheet;
pub(crate) mod forms;
pub(crate) mod icons;
pub(crate) mod lists;
pub(crate) mod markdown;
pub(crate) mod notes;
pub(crate) mod numbers;
pub(crate) mod pill;
pub(crate) mod result_table;
pub(crate) mod sparkline;
pub(crate) mod tabs;
pub(crate) mod times;
pub(crate) mod trend_chart;
