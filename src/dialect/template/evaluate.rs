//! Fills expressions in. What cannot be calculated is an error, never an empty text.
//!
//! Words of an error are ours and hold no value: values are secrets here.

use std::collections::BTreeMap;

use super::filters::{Input, LARGEST, TOO_LONG};
use super::syntax::{BinaryOp, ComparisonOp, Expr, FilterCall};
use super::value::{Filling, StandIns, Value, joined};
use crate::base::order::InOrder as _;

/// Why there is no value.
pub(super) enum Stop {
    /// Something optional is not there: what this would be part of is left out.
    Absent,
    Wrong(String),
}

impl From<String> for Stop {
    fn from(words: String) -> Stop {
        Stop::Wrong(words)
    }
}

impl From<&str> for Stop {
    fn from(words: &str) -> Stop {
        Stop::Wrong(words.to_owned())
    }
}

pub(super) type Evaluated = Result<Value, Stop>;

/// These are numbers.
const NUMBERS: [&str; 2] = ["now", "now_ms"];

const NO_MEMBER: &str =
    "the template asks for a member that is not there; a map must contain everything that it is asked for";
const NO_NUMBER: &str =
    "the template calculates with something that is not a number; `| int` makes one from a text";
const NO_ORDER: &str = "the template compares a text with a number, or values that have no order; `| int` makes a number from a text";

impl Filling<'_> {
    pub(super) fn evaluate(&self, expr: &Expr) -> Evaluated {
        self.calculated(expr).and_then(|value| self.counted(value))
    }

    /// Against what all of them may make.
    pub(super) fn counted(&self, value: Value) -> Evaluated {
        self.budget.text(value.size())?;
        Ok(value)
    }

    fn calculated(&self, expr: &Expr) -> Evaluated {
        match expr {
            Expr::Literal(value) => Ok(value.clone()),
            Expr::Name(name) => self.named(name)?.ok_or(Stop::Absent),
            Expr::Member(of, name) => self.member(self.evaluate(of)?, &Value::text(name.clone())),
            Expr::Item(of, index) => self.member(self.evaluate(of)?, &self.evaluate(index)?),
            Expr::Slice(of, from, up_to) => self.slice(of, from.as_deref(), up_to.as_deref()),
            Expr::Negative(of) => self.known_or(self.evaluate(of)?, |value| match value {
                Value::Whole(whole) => whole.checked_neg().map(Value::Whole).ok_or(Stop::from(TOO_LARGE)),
                Value::Anything(_) => Ok(value),
                _ => Err(NO_NUMBER.into()),
            }),
            Expr::Not(of) => self.known_or(self.evaluate(of)?, |value| Ok(Value::Bool(!value.is_true()))),
            Expr::And(left, right) => self.known_or(self.evaluate(left)?, |left| match left.is_true() {
                true => self.evaluate(right),
                false => Ok(left),
            }),
            Expr::Or(left, right) => self.known_or(self.evaluate(left)?, |left| match left.is_true() {
                true => Ok(left),
                false => self.evaluate(right),
            }),
            Expr::Binary(op, left, right) => self.binary(*op, self.evaluate(left)?, self.evaluate(right)?),
            Expr::Comparison(first, more) => self.comparison(first, more),
            Expr::Choice { test, yes, no } => self
                .known_or(self.evaluate(test)?, |test| self.evaluate(if test.is_true() { yes } else { no })),
            Expr::Filter(call) => self.filter(call),
            Expr::List(items) => {
                let items = items.iter().map(|item| present(self.evaluate(item)));
                Ok(Value::List(items.filter_map(Result::transpose).collect::<Result<_, _>>()?))
            }
            Expr::Map(members) => {
                let mut map = BTreeMap::new();
                for (name, value) in members {
                    let name = self.evaluate(name)?.plain_text()?.to_string();
                    if let Some(value) = present(self.evaluate(value))? {
                        map.insert(name, value);
                    }
                }
                Ok(Value::Map(map))
            }
        }
    }

    /// `None`: it has no value.
    fn named(&self, name: &str) -> Result<Option<Value>, Stop> {
        if let Some(part) = name.strip_prefix("request.") {
            return match self.request {
                Some(Value::Map(parts)) => parts.get(part).cloned().map(Some).ok_or(NO_MEMBER.into()),
                _ => Err("`request` is not available yet when this is filled in".into()),
            };
        }
        if let Some(own) = name.strip_prefix("values.") {
            return self
                .named
                .get(own)
                .cloned()
                .ok_or("a value is not available yet when this is filled in".into());
        }
        let Some(text) = self.values.get(name) else { return Ok(None) };
        let number = text.parse().ok().filter(|_| NUMBERS.contains(&name)).map(Value::Whole);
        Ok(Some(match number {
            Some(number) => number,
            None if self.stand_ins.names(name) => Value::unknown(text.clone()),
            None => Value::text(text.clone()),
        }))
    }

    /// Nobody can tell from a mask what comes of it.
    fn known_or(&self, value: Value, then: impl FnOnce(Value) -> Evaluated) -> Evaluated {
        match self.mask_of(&[&value]) {
            Some(mask) => Ok(mask),
            None => then(value),
        }
    }

    /// In the place of what is made of these and does not hold them word for word.
    fn mask_of(&self, made_of: &[&Value]) -> Option<Value> {
        let mask = self.stand_ins.mask()?;
        made_of.iter().any(|value| value.is_unknown()).then(|| Value::unknown(mask.to_owned()))
    }

    fn member(&self, of: Value, index: &Value) -> Evaluated {
        // A map or a list shows what is known of it.
        let whole = matches!(of, Value::Map(_) | Value::List(_));
        let made_of = if whole { vec![index] } else { vec![&of, index] };
        if let Some(mask) = self.mask_of(&made_of) {
            return Ok(mask);
        }
        let unknown = of.is_unknown();
        let found = match (of, index) {
            (Value::Text(text), Value::Whole(at)) => {
                let at = position(*at, text.as_str().chars().count());
                let letter =
                    at.and_then(|at| text.as_str().chars().nth(at)).map(|c| Value::text(c.to_string()));
                letter.map(|letter| if unknown { letter.veiled() } else { letter })
            }
            (of @ Value::Anything(_), _) => Some(of),
            (Value::Map(mut members), index) => members.remove(index.plain_text()?.as_str()),
            (Value::List(items), Value::Anything(_)) => items.into_iter().next(),
            (Value::List(mut items), Value::Whole(at)) => {
                position(*at, items.len()).filter(|at| *at < items.len()).map(|at| items.swap_remove(at))
            }
            _ => None,
        };
        found.ok_or(NO_MEMBER.into())
    }

    fn slice(&self, of: &Expr, from: Option<&Expr>, up_to: Option<&Expr>) -> Evaluated {
        let of = self.evaluate(of)?;
        let bound = |bound: Option<&Expr>| bound.map(|bound| self.evaluate(bound)).transpose();
        let (from, up_to) = (bound(from)?, bound(up_to)?);
        let all: Vec<&Value> = [Some(&of), from.as_ref(), up_to.as_ref()].into_iter().flatten().collect();
        if let Some(mask) = self.mask_of(&all) {
            return Ok(mask);
        }
        if all.iter().any(|value| matches!(value, Value::Anything(_))) {
            return Ok(Value::Anything(of.plain_text()?));
        }
        let part = |length: usize| -> Result<(usize, usize), Stop> {
            let bound = |bound: &Option<Value>, absent| match bound {
                None | Some(Value::None) => Ok(absent),
                // Before the beginning is the beginning.
                Some(Value::Whole(at)) => Ok(position(*at, length).unwrap_or(0).min(length)),
                Some(_) => Err(Stop::from(NO_NUMBER)),
            };
            let (from, up_to) = (bound(&from, 0)?, bound(&up_to, length)?);
            Ok((from, up_to.saturating_sub(from)))
        };
        let unknown = of.is_unknown();
        let cut = match of {
            Value::List(items) => {
                let (from, count) = part(items.len())?;
                return Ok(Value::List(items.into_iter().skip(from).take(count).collect()));
            }
            Value::Bytes(_) => {
                let bytes = of.to_bytes()?;
                let (from, count) = part(bytes.len())?;
                Value::bytes(bytes[from..from + count].to_vec())
            }
            Value::Text(text) => {
                let (from, count) = part(text.as_str().chars().count())?;
                Value::text(text.as_str().chars().skip(from).take(count).collect::<String>())
            }
            _ => return Err("the template takes a part of a value that is neither a text nor a list".into()),
        };
        Ok(if unknown { cut.veiled() } else { cut })
    }

    fn binary(&self, op: BinaryOp, left: Value, right: Value) -> Evaluated {
        let both = (left, right);
        match (op, &both) {
            (BinaryOp::Join, (Value::Bytes(_), Value::Bytes(_))) => {
                let joined = [both.0.to_bytes()?, both.1.to_bytes()?].map(|part| part.to_vec()).concat();
                return made_of(&[&both.0, &both.1], Value::bytes(joined));
            }
            (BinaryOp::Add, (Value::Text(_), Value::Text(_))) | (BinaryOp::Join, _) => {
                let text = joined(&both.0.plain_text()?, &both.1.plain_text()?);
                return made_of(&[&both.0, &both.1], Value::text(text));
            }
            _ => {}
        }
        if let Some(mask) = self.mask_of(&[&both.0, &both.1]) {
            return Ok(mask);
        }
        match &both {
            (Value::Whole(left), Value::Whole(right)) => calculated(op, *left, *right).map(Value::Whole),
            (Value::Anything(text), Value::Anything(_) | Value::Whole(_) | Value::Text(_))
            | (Value::Whole(_) | Value::Text(_), Value::Anything(text)) => Ok(Value::Anything(text.clone())),
            _ => Err(NO_NUMBER.into()),
        }
    }

    fn comparison(&self, first: &Expr, more: &[(ComparisonOp, Expr)]) -> Evaluated {
        let mut left = self.evaluate(first)?;
        for (op, right) in more {
            let right = self.evaluate(right)?;
            if let Some(mask) = self.mask_of(&[&left, &right]) {
                return Ok(mask);
            }
            if !holds(*op, &left, &right)? {
                return Ok(Value::Bool(false));
            }
            left = right;
        }
        Ok(Value::Bool(true))
    }

    fn filter(&self, call: &FilterCall) -> Evaluated {
        // Before `default` a name may have no value.
        let value = match (&*call.input, call.filter.name) {
            (Expr::Name(name), "default") => match self.named(name)? {
                Some(value) => value,
                None => return self.evaluate(&call.args[0]),
            },
            (input, _) => self.evaluate(input)?,
        };
        let args = call.args.iter().map(|arg| self.evaluate(arg)).collect::<Result<Vec<_>, _>>()?;
        let named = call.named.iter().map(|(name, value)| Ok((name.clone(), self.evaluate(value)?)));
        let named: BTreeMap<_, _> = named.collect::<Result<Vec<_>, Stop>>()?.into_iter().in_order();
        let parts: Vec<&Value> = [&value].into_iter().chain(&args).chain(named.values()).collect();
        if let Some(mask) = self.mask_of(&parts).filter(|_| !call.filter.transparent) {
            return Ok(mask);
        }
        let unknown = parts.iter().any(|value| value.is_unknown());
        let tried = matches!(self.stand_ins, StandIns::Tried(_));
        let (mask, budget) = (self.stand_ins.mask(), &*self.budget);
        let input = Input { value, args, named, unknown, tried, mask, budget };
        let made = (call.filter.run)(&input)?;
        let Input { value, args, named, .. } = &input;
        made_of(&[value].into_iter().chain(args).chain(named.values()).collect::<Vec<_>>(), made)
    }
}

/// What is made of these, if it is not too much.
pub(super) fn made_of(parts: &[&Value], made: Value) -> Evaluated {
    if made.size() > LARGEST {
        return Err(TOO_LONG.into());
    }
    Ok(if parts.iter().any(|part| part.is_unknown()) { made.veiled() } else { made })
}

const TOO_LARGE: &str = "a number grows too large";

fn present(value: Evaluated) -> Result<Option<Value>, Stop> {
    match value {
        Err(Stop::Absent) => Ok(None),
        other => other.map(Some),
    }
}

/// A negative one counts from the end. `None`: before the beginning.
fn position(at: i64, length: usize) -> Option<usize> {
    let back = usize::try_from(at.unsigned_abs()).ok()?;
    if at < 0 { length.checked_sub(back) } else { Some(back) }
}

/// A quotient is rounded down, and a remainder has the sign of the divisor.
fn calculated(op: BinaryOp, left: i64, right: i64) -> Result<i64, Stop> {
    let rounds = |remainder: i64| remainder != 0 && (remainder < 0) != (right < 0);
    if matches!(op, BinaryOp::Divide | BinaryOp::Remainder) && right == 0 {
        return Err("the template divides by zero".into());
    }
    let number = match op {
        BinaryOp::Add => left.checked_add(right),
        BinaryOp::Subtract => left.checked_sub(right),
        BinaryOp::Divide => left.checked_div(right).map(|whole| whole - i64::from(rounds(left % right))),
        BinaryOp::Remainder => {
            left.checked_rem(right).map(|rest| rest + if rounds(rest) { right } else { 0 })
        }
        BinaryOp::Join => None,
    };
    number.ok_or(TOO_LARGE.into())
}

fn holds(op: ComparisonOp, left: &Value, right: &Value) -> Result<bool, Stop> {
    let order = || match (left, right) {
        (Value::Whole(left), Value::Whole(right)) => Ok(left.cmp(right)),
        (Value::Anything(_), _) | (_, Value::Anything(_)) => Ok(std::cmp::Ordering::Equal),
        (Value::Text(left), Value::Text(right)) => Ok(left.as_str().cmp(right.as_str())),
        _ => Err(Stop::from(NO_ORDER)),
    };
    Ok(match op {
        ComparisonOp::Equal => equal(left, right),
        ComparisonOp::NotEqual => !equal(left, right),
        ComparisonOp::Less => order()?.is_lt(),
        ComparisonOp::LessOrEqual => order()?.is_le(),
        ComparisonOp::Greater => order()?.is_gt(),
        ComparisonOp::GreaterOrEqual => order()?.is_ge(),
        ComparisonOp::In => within(left, right)?,
        ComparisonOp::NotIn => !within(left, right)?,
    })
}

/// Whether or not either is a stand-in.
fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => left.as_str() == right.as_str(),
        (left, right) => left == right,
    }
}

fn within(one: &Value, all: &Value) -> Result<bool, Stop> {
    match all {
        Value::Text(text) => Ok(text.as_str().contains(one.plain_text()?.as_str())),
        Value::List(items) => Ok(items.iter().any(|item| equal(item, one))),
        Value::Map(members) => Ok(members.contains_key(one.plain_text()?.as_str())),
        Value::Anything(_) => Ok(true),
        _ => Err("`in` must be followed by a text, a list or a map".into()),
    }
}
