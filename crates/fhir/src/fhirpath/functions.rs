//! Functions on collections; those on text and numbers stand beside.

use super::eval::{Context, Scope, clock, evaluate, member, typed};
use super::item::{Item, Node};
use super::operators::{all_equivalent, among, compared, condition, distinct, single, told};
use super::parser::Ast;
use super::{PathError, boundary, strings};
use crate::facts;
use crate::json::Json;
use std::borrow::Cow;
use std::cmp::Ordering;

type Items<'a> = Vec<Item<'a>>;

/// Most items that `repeat` and `descendants` gather.
const MAX_GATHERED: usize = 200_000;

fn wrong(words: impl Into<String>) -> PathError {
    PathError::Meaning(words.into())
}

/// The type that an argument names.
fn type_named(arguments: &[Ast]) -> Result<String, PathError> {
    match arguments {
        [Ast::Name(name)] => Ok(name.clone()),
        [Ast::Member(space, name)] => match &**space {
            Ast::Name(space) => Ok(format!("{space}.{name}")),
            _ => Err(wrong("a type is named, such as Quantity or System.String")),
        },
        _ => Err(wrong("a type is named, such as Quantity or System.String")),
    }
}

/// Runs an expression on each item.
fn each<'a>(
    items: &[Item<'a>],
    ast: &Ast,
    context: &Context<'a>,
    scope: &Scope<'_, 'a>,
    mut with: impl FnMut(&Item<'a>, Items<'a>) -> Result<bool, PathError>,
) -> Result<(), PathError> {
    for (n, one) in items.iter().enumerate() {
        let this = std::slice::from_ref(one);
        let inner = Scope { focus: this, this, index: Some(n), total: scope.total };
        let answer = evaluate(ast, context, &inner)?;
        if !with(one, answer)? {
            break;
        }
    }
    Ok(())
}

fn children<'a>(items: &[Item<'a>]) -> Items<'a> {
    let nodes = items.iter().filter_map(|item| if let Item::Node(node) = item { Some(node) } else { None });
    nodes.flat_map(Node::children).map(Item::Node).collect()
}

/// Calls a function.
pub(super) fn call<'a>(
    name: &str,
    items: Items<'a>,
    arguments: &[Ast],
    context: &Context<'a>,
    scope: &Scope<'_, 'a>,
) -> Result<Items<'a>, PathError> {
    context.step(items.len())?;
    let first = || arguments.first().ok_or_else(|| wrong(format!("{name}() needs an argument")));
    // Arguments that are values, not criteria, are told where the call stands.
    let value = |n: usize| match arguments.get(n) {
        Some(ast) => evaluate(ast, context, scope),
        None => Ok(Vec::new()),
    };
    let whole = |n: usize| -> Result<Option<usize>, PathError> {
        Ok(match single(&value(n)?)?.map(Item::plain) {
            Some(Item::Int(whole)) => Some(usize::try_from(whole).unwrap_or(0)),
            _ => None,
        })
    };
    let flags = || items.iter().map(|item| matches!(item.plain(), Item::Bool(true)));
    let are_flags = || items.iter().all(|item| matches!(item.plain(), Item::Bool(_)));
    Ok(match name {
        "exists" if arguments.is_empty() => told(Some(!items.is_empty())),
        "exists" => {
            let mut any = false;
            each(&items, first()?, context, scope, |_, answer| {
                any = any || condition(&answer)? == Some(true);
                Ok(!any)
            })?;
            told(Some(any))
        }
        "empty" => told(Some(items.is_empty())),
        "not" => told(condition(&items)?.map(|yes| !yes)),
        "count" => vec![Item::Int(i64::try_from(items.len()).unwrap_or(i64::MAX))],
        "where" => {
            let mut kept = Vec::new();
            each(&items, first()?, context, scope, |one, answer| {
                if condition(&answer)? == Some(true) {
                    kept.push(one.clone());
                }
                Ok(true)
            })?;
            kept
        }
        "select" => {
            let mut found = Vec::new();
            each(&items, first()?, context, scope, |_, answer| {
                found.extend(answer);
                Ok(true)
            })?;
            found
        }
        "all" => {
            let mut all = true;
            each(&items, first()?, context, scope, |_, answer| {
                all = all && condition(&answer)? == Some(true);
                Ok(all)
            })?;
            told(Some(all))
        }
        "repeat" | "repeatAll" => repeated(name == "repeat", items, first()?, context, scope)?,
        "aggregate" => aggregated(&items, arguments, context, scope)?,
        "iif" => iif(&items, arguments, context, scope)?,
        "coalesce" => {
            let mut found = Vec::new();
            for n in 0..arguments.len() {
                found = value(n)?;
                if !found.is_empty() {
                    break;
                }
            }
            found
        }
        "sort" => sorted(items, arguments, context, scope)?,
        "trace" => items,
        "allTrue" | "anyTrue" | "allFalse" | "anyFalse" if !are_flags() => {
            return Err(wrong(format!("{name}() goes over booleans")));
        }
        "allTrue" => told(Some(flags().all(|yes| yes))),
        "anyTrue" => told(Some(flags().any(|yes| yes))),
        "allFalse" => told(Some(flags().all(|yes| !yes))),
        "anyFalse" => told(Some(flags().any(|yes| !yes))),
        "first" => items.into_iter().take(1).collect(),
        "last" => items.into_iter().next_back().into_iter().collect(),
        "tail" => items.into_iter().skip(1).collect(),
        "skip" => items.into_iter().skip(whole(0)?.unwrap_or(0)).collect(),
        "take" => items.into_iter().take(whole(0)?.unwrap_or(0)).collect(),
        "single" => single(&items)?.cloned().into_iter().collect(),
        "distinct" => {
            context.step(items.len() * items.len() / 8)?;
            distinct(items)
        }
        "isDistinct" => {
            context.step(items.len() * items.len() / 8)?;
            let all = items.len();
            told(Some(distinct(items).len() == all))
        }
        "combine" | "union" | "intersect" | "exclude" | "subsetOf" | "supersetOf" => {
            // Names in the argument are those of the focus.
            let other = evaluate(first()?, context, scope)?;
            context.step(items.len() * other.len() / 8)?;
            match name {
                "combine" => items.into_iter().chain(other).collect(),
                "union" => distinct(items.into_iter().chain(other).collect()),
                "intersect" => distinct(items.into_iter().filter(|one| among(&other, one)).collect()),
                "exclude" => items.into_iter().filter(|one| !among(&other, one)).collect(),
                "subsetOf" => told(Some(items.iter().all(|one| among(&other, one)))),
                _ => told(Some(other.iter().all(|one| among(&items, one)))),
            }
        }
        "children" => children(&items),
        "descendants" => {
            let (mut found, mut level) = (Vec::new(), children(&items));
            while !level.is_empty() {
                context.step(level.len())?;
                let next = children(&level);
                found.append(&mut level);
                if found.len() > MAX_GATHERED {
                    return Err(PathError::TooLong);
                }
                level = next;
            }
            found
        }
        "is" => typed("is", &items, &type_named(arguments)?)?,
        "as" => typed("as", &items, &type_named(arguments)?)?,
        "ofType" => {
            let sort = type_named(arguments)?;
            Item::Bool(true).is_of(&sort, true)?;
            let mut kept = Vec::new();
            for one in items {
                if one.is_of(&sort, true)? {
                    kept.push(one);
                }
            }
            kept
        }
        "type" => items
            .iter()
            .map(|item| {
                let (space, of) = item.kind();
                Item::Type(space, of.to_owned())
            })
            .collect(),
        "now" => clock(context, false),
        "today" => clock(context, true),
        "timeOfDay" => Vec::new(),
        "extension" => {
            let url = single(&value(0)?)?.and_then(Item::text);
            let found = member(&items, "extension", context)?;
            let is = |item: &Item<'a>| match item {
                Item::Node(node) => node.value.get("url").and_then(Json::as_str) == url.as_deref(),
                _ => false,
            };
            found.into_iter().filter(|item| url.is_some() && is(item)).collect()
        }
        "hasValue" => match single(&items) {
            Ok(Some(Item::Node(node))) => told(Some(node.has_value())),
            Ok(Some(_)) => told(Some(true)),
            _ => told(Some(false)),
        },
        "getValue" => single(&items)?.map(Item::plain).into_iter().collect(),
        "resolve" => items.iter().filter_map(|item| resolved(item, context)).map(Item::Node).collect(),
        "memberOf" => {
            let url = single(&value(0)?)?.and_then(Item::text);
            told(match (url, single(&items)?) {
                (Some(url), Some(one)) => is_member(one, &url),
                _ => None,
            })
        }
        "conformsTo" => {
            let url = single(&value(0)?)?.and_then(Item::text).unwrap_or_default();
            let of = url
                .strip_prefix("http://hl7.org/fhir/StructureDefinition/")
                .filter(|of| facts::of(of).is_some());
            let of = of.ok_or_else(|| wrong(format!("the profile {url} is not known here")))?;
            told(single(&items)?.map(|one| one.is_of(of, false)).transpose()?)
        }
        "htmlChecks" => {
            let text = single(&items)?.and_then(Item::text);
            told(text.map(|text| crate::narrative::problem(&text).is_none()))
        }
        "equivalentTo" => told(Some(all_equivalent(&items, &value(0)?))),
        "lowBoundary" | "highBoundary" | "precision" | "comparable" => {
            let argument = value(0)?;
            boundary::call(name, &items, &argument)?
        }
        _ => {
            let values = (0..arguments.len()).map(value).collect::<Result<Vec<_>, _>>()?;
            strings::call(name, &items, &values)?
        }
    })
}

fn repeated<'a>(
    once: bool,
    items: Items<'a>,
    ast: &Ast,
    context: &Context<'a>,
    scope: &Scope<'_, 'a>,
) -> Result<Items<'a>, PathError> {
    let mut found: Items<'a> = Vec::new();
    let mut level = items;
    while !level.is_empty() {
        let mut next = Vec::new();
        each(&level, ast, context, scope, |_, answer| {
            next.extend(answer);
            Ok(true)
        })?;
        // Elements of one resource are all different places: only plain values come round again.
        let fresh = |one: &Item<'a>, found: &Items<'a>| match one {
            Item::Node(node) => {
                !found.iter().any(|has| matches!(has, Item::Node(has) if std::ptr::eq(has.value, node.value)))
            }
            plain => !among(found, plain),
        };
        level = Vec::new();
        for one in next {
            context.step(if once { found.len() / 8 } else { 1 })?;
            if !once || fresh(&one, &found) {
                found.push(one.clone());
                level.push(one);
            }
        }
        if found.len() > MAX_GATHERED {
            return Err(PathError::TooLong);
        }
    }
    Ok(found)
}

fn aggregated<'a>(
    items: &[Item<'a>],
    arguments: &[Ast],
    context: &Context<'a>,
    scope: &Scope<'_, 'a>,
) -> Result<Items<'a>, PathError> {
    let ast = arguments.first().ok_or_else(|| wrong("aggregate() needs an argument"))?;
    let mut total = match arguments.get(1) {
        Some(begin) => evaluate(begin, context, scope)?,
        None => Vec::new(),
    };
    for (n, one) in items.iter().enumerate() {
        let this = std::slice::from_ref(one);
        total = evaluate(ast, context, &Scope { focus: this, this, index: Some(n), total: Some(&total) })?;
    }
    Ok(total)
}

fn iif<'a>(
    items: &[Item<'a>],
    arguments: &[Ast],
    context: &Context<'a>,
    scope: &Scope<'_, 'a>,
) -> Result<Items<'a>, PathError> {
    let (Some(test), Some(yes)) = (arguments.first(), arguments.get(1)) else {
        return Err(wrong("iif() needs a condition and a value"));
    };
    let is_called_on_focus = std::ptr::eq(items, scope.focus) || same_items(items, scope.focus);
    let inner = if is_called_on_focus {
        scope.clone()
    } else {
        single(items)?;
        Scope { focus: items, this: items, index: scope.index, total: scope.total }
    };
    let tested = evaluate(test, context, &inner)?;
    let is = match single(&tested)?.map(Item::plain) {
        None => false,
        Some(Item::Bool(is)) => is,
        Some(_) => return Err(wrong("the condition of iif() is true or false")),
    };
    match (is, arguments.get(2)) {
        (true, _) => evaluate(yes, context, &inner),
        (false, Some(no)) => evaluate(no, context, &inner),
        (false, None) => Ok(Vec::new()),
    }
}

/// Whether a call without anything before it was given the focus itself.
fn same_items(a: &[Item<'_>], b: &[Item<'_>]) -> bool {
    a.len() == b.len()
        && a.iter().zip(b).all(|(a, b)| match (a, b) {
            (Item::Node(a), Item::Node(b)) => std::ptr::eq(a.value, b.value),
            _ => false,
        })
}

fn sorted<'a>(
    items: Items<'a>,
    arguments: &[Ast],
    context: &Context<'a>,
    scope: &Scope<'_, 'a>,
) -> Result<Items<'a>, PathError> {
    let mut keyed: Vec<(Vec<(bool, Items<'a>)>, Item<'a>)> = Vec::with_capacity(items.len());
    for (n, one) in items.into_iter().enumerate() {
        let this = [one.clone()];
        let inner = Scope { focus: &this, this: &this, index: Some(n), total: scope.total };
        let mut keys = Vec::new();
        for argument in arguments {
            let (down, ast) = if let Ast::Minus(ast) = argument { (true, &**ast) } else { (false, argument) };
            keys.push((down, evaluate(ast, context, &inner)?));
        }
        if arguments.is_empty() {
            keys.push((false, vec![one.clone()]));
        }
        keyed.push((keys, one));
    }
    context.step(keyed.len() * 8)?;
    keyed.sort_by(|(a, _), (b, _)| {
        for ((down, a), (_, b)) in a.iter().zip(b) {
            let order = match (a.first(), b.first()) {
                (Some(a), Some(b)) => compared(a, b).ok().flatten().unwrap_or(Ordering::Equal),
                // What is not there comes behind everything.
                (a, b) => b.is_some().cmp(&a.is_some()),
            };
            if order != Ordering::Equal {
                return if *down { order.reverse() } else { order };
            }
        }
        Ordering::Equal
    });
    Ok(keyed.into_iter().map(|(_, one)| one).collect())
}

/// What a reference leads to, as far as it stands in the same document.
fn resolved<'a>(item: &Item<'a>, context: &Context<'a>) -> Option<Node<'a>> {
    let reference = match item {
        Item::Node(node) => {
            node.value.get("reference").and_then(Json::as_str).or(node.value.as_str()).map(Cow::Borrowed)
        }
        Item::Text(text) => Some(Cow::Borrowed(text.as_ref())),
        _ => None,
    }?;
    if let Some(id) = reference.strip_prefix('#') {
        if id.is_empty() {
            return Some(context.root);
        }
        let parts = context.root.value.get("contained").map(Json::items).unwrap_or_default();
        let part = parts.iter().find(|part| part.get("id").and_then(Json::as_str) == Some(id))?;
        return Some(Node::of_resource(part));
    }
    let entries = context.root.value.get("entry").map(Json::items).unwrap_or_default();
    let ends = format!("/{reference}");
    let entry = entries.iter().find(|entry| {
        entry
            .get("fullUrl")
            .and_then(Json::as_str)
            .is_some_and(|url| url == reference || url.ends_with(&ends))
    })?;
    entry.get("resource").map(Node::of_resource)
}

/// Whether a code stands in a value set; `None` when its codes cannot be told here.
fn is_member(item: &Item<'_>, url: &str) -> Option<bool> {
    let codes = facts::codes_of(url)?;
    let text = |json: &Json, key: &str| json.get(key).and_then(Json::as_str).map(str::to_owned);
    let has = |json: &Json| {
        text(json, "code").is_some_and(|code| codes.has(text(json, "system").as_deref(), &code))
    };
    match item {
        Item::Node(node) => match node.value {
            Json::String(code) => Some(codes.has(None, code)),
            Json::Object(_) => match node.value.get("coding") {
                Some(codings) => Some(codings.items().iter().any(has)),
                None => Some(has(node.value)),
            },
            _ => None,
        },
        Item::Text(code) => Some(codes.has(None, code)),
        _ => None,
    }
}
