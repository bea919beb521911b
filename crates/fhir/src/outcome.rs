//! OperationOutcome: how a FHIR door says what went wrong and what to do.

use crate::id::Kind;
use crate::json::{Json, Object};
use crate::search::QueryError;

/// How bad it is (FHIR issue-severity).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The server broke off.
    Fatal,
    /// The request was not carried out.
    Error,
    /// It was, with a doubt.
    Warning,
    /// Nothing is wrong.
    Information,
}

impl Severity {
    /// As FHIR names it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fatal => "fatal",
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Information => "information",
        }
    }
}

/// What kind of thing it is: the codes of FHIR issue-type that this product sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssueType {
    /// The content is not as FHIR demands.
    Structure,
    /// A value is not acceptable.
    Value,
    /// Something required is missing.
    Required,
    /// A code that is not one of those taken.
    CodeInvalid,
    /// A rule of the definition is broken.
    Invariant,
    /// Sign in first.
    Login,
    /// Not for you.
    Forbidden,
    /// Not found, or not for you to know whether it exists.
    NotFound,
    /// The resource was removed.
    Deleted,
    /// Not something this server does.
    NotSupported,
    /// Too much was asked.
    TooCostly,
    /// Somebody else changed it meanwhile.
    Conflict,
    /// It exists already.
    Duplicate,
    /// A rule of the record.
    BusinessRule,
    /// Try again later.
    Transient,
    /// Our own fault.
    Exception,
    /// For information.
    Informational,
}

impl IssueType {
    /// As FHIR names it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Structure => "structure",
            Self::Value => "value",
            Self::Required => "required",
            Self::CodeInvalid => "code-invalid",
            Self::Invariant => "invariant",
            Self::Login => "login",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not-found",
            Self::Deleted => "deleted",
            Self::NotSupported => "not-supported",
            Self::TooCostly => "too-costly",
            Self::Conflict => "conflict",
            Self::Duplicate => "duplicate",
            Self::BusinessRule => "business-rule",
            Self::Transient => "transient",
            Self::Exception => "exception",
            Self::Informational => "informational",
        }
    }
}

/// An OperationOutcome of one issue; `diagnostics` says what to do next, `expression` names the field or parameter.
#[must_use]
pub fn outcome(severity: Severity, code: IssueType, diagnostics: &str, expression: Option<&str>) -> Object {
    of_issues([issue(severity, code, diagnostics, expression)])
}

/// An OperationOutcome of several issues.
#[must_use]
pub fn of_issues(issues: impl IntoIterator<Item = Object>) -> Object {
    Object::new().set("resourceType", Json::literal("OperationOutcome")).push_all("issue", issues)
}

/// One issue.
#[must_use]
pub fn issue(severity: Severity, code: IssueType, diagnostics: &str, expression: Option<&str>) -> Object {
    Object::new()
        .set("severity", Json::literal(severity.as_str()))
        .set("code", Json::literal(code.as_str()))
        .set("diagnostics", diagnostics)
        .set("expression", expression.map(|path| vec![path]))
}

/// The outcome of a search that was not understood.
#[must_use]
pub fn of_query(kind: Kind, error: &QueryError) -> Object {
    let code = match error {
        QueryError::UnknownParameter { .. } | QueryError::UnknownModifier { .. } => IssueType::NotSupported,
        QueryError::TooWide { .. } => IssueType::TooCostly,
        QueryError::Value { .. } | QueryError::Twice { .. } | QueryError::Escape(_) => IssueType::Value,
    };
    let expression = error.parameter().map(|name| format!("{kind}?{name}"));
    outcome(Severity::Error, code, &error.to_string(), expression.as_deref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::Query;

    #[test]
    fn a_query_error_names_its_parameter() {
        let error = Query::parse(Kind::Patient, "name=a&colour=red").expect_err("an unknown parameter");
        let outcome = of_query(Kind::Patient, &error);
        assert_eq!(outcome.text("issue.code"), Some("not-supported"));
        assert_eq!(outcome.text("issue.expression"), Some("Patient?colour"));
        assert!(
            outcome
                .text("issue.diagnostics")
                .is_some_and(|text| text.contains("use one of: _id, identifier"))
        );
    }
}
