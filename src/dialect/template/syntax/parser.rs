//! From tokens to an expression, by precedence: a choice binds least, then `or`, `and`, `not`, comparisons, `+` and
//! `-`, `~`, `//` and `%`, and most a sign, a member, a part, a filter.

use super::lexer::Token;
use super::tree::{BinaryOp, ComparisonOp, Expr, FilterCall, GROUPS};
use crate::dialect::template::filters;
use crate::dialect::template::value::Value;

pub(super) fn parse(tokens: Vec<Token>) -> Result<Expr, String> {
    let mut parser = Parser { tokens: tokens.into_iter().peekable(), depth: 0, links: 0 };
    let expr = parser.choice()?;
    match parser.tokens.peek() {
        None => Ok(expr),
        Some(Token::Name(name)) if name == "is" => Err(NO_TESTS.into()),
        Some(token) => Err(unexpected(token)),
    }
}

struct Parser {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
    /// Within how many brackets, operands and arguments this stands.
    depth: usize,
    /// Of all chains: what stands on the left of an operator or before a filter is one step deeper in the tree.
    links: usize,
}

/// Each step down the tree costs stack: here, in the check, and when it is filled in.
const DEEPEST: usize = 100;
const LONGEST: usize = 300;

const NO_TESTS: &str =
    "tests such as `is defined` are not supported; a parameter is omitted when a value is missing";
const NO_FUNCTIONS: &str = "functions and methods are not supported; a filter is written `value | name`";
const NO_TIMES: &str = "`*` is not supported between `{{` and `}}`; there are `+`, `-`, `//` and `%`";
const FORM: &str = "one is written `{{ value | filter }}`";

fn unexpected(token: &Token) -> String {
    let shown = match token {
        Token::Sign("=") => return "`=` compares nothing; write `==`".to_owned(),
        Token::Name(name) => format!("`{name}`"),
        Token::Text(_) => "a text".to_owned(),
        Token::Whole(_) => "a number".to_owned(),
        Token::Sign(sign) => format!("`{sign}`"),
    };
    format!("not a template: {shown} is not allowed here; {FORM}")
}

type Parsed = Result<Expr, String>;

impl Parser {
    fn takes(&mut self, sign: &str) -> bool {
        self.tokens.next_if(|token| matches!(token, Token::Sign(other) if *other == sign)).is_some()
    }

    fn takes_word(&mut self, word: &str) -> bool {
        self.tokens.next_if(|token| matches!(token, Token::Name(other) if other == word)).is_some()
    }

    fn expects(&mut self, sign: &str) -> Result<(), String> {
        match self.takes(sign) {
            true => Ok(()),
            false => Err(match self.tokens.peek() {
                Some(token) => format!("{}; `{sign}` is missing", unexpected(token)),
                None => format!("not a template: `{sign}` is missing; {FORM}"),
            }),
        }
    }

    fn bounded(&self) -> Result<(), String> {
        match self.depth > DEEPEST || self.links > LONGEST {
            true => Err("this is nested too deeply; name a part of it under `request.values`".into()),
            false => Ok(()),
        }
    }

    fn below(&mut self, parse: impl FnOnce(&mut Parser) -> Parsed) -> Parsed {
        self.depth += 1;
        self.bounded()?;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn boxed(&mut self, parse: impl FnOnce(&mut Parser) -> Parsed) -> Result<Box<Expr>, String> {
        self.below(parse).map(Box::new)
    }

    fn choice(&mut self) -> Parsed {
        let yes = self.below(Parser::or)?;
        if !self.takes_word("if") {
            return Ok(yes);
        }
        let test = self.boxed(Parser::or)?;
        if !self.takes_word("else") {
            return Err("an `if` needs an `else`, as in `'a' if params.x else 'b'`".into());
        }
        Ok(Expr::Choice { test, yes: Box::new(yes), no: self.boxed(Parser::choice)? })
    }

    /// `Ok` of the operator's: there was one more; `Err`: what there was already.
    fn chain(
        &mut self,
        next: impl FnOnce(&mut Parser) -> Parsed,
        mut operator: impl FnMut(&mut Parser, Expr) -> Result<Result<Expr, Expr>, String>,
    ) -> Parsed {
        let mut left = next(self)?;
        loop {
            match operator(self, left)? {
                Ok(longer) => left = longer,
                Err(same) => return Ok(same),
            }
            self.links += 1;
            self.bounded()?;
        }
    }

    fn or(&mut self) -> Parsed {
        self.chain(Parser::and, |own, left| {
            let more = own.takes_word("or");
            Ok(if more { Ok(Expr::Or(Box::new(left), own.boxed(Parser::and)?)) } else { Err(left) })
        })
    }

    fn and(&mut self) -> Parsed {
        self.chain(Parser::not, |own, left| {
            let more = own.takes_word("and");
            Ok(if more { Ok(Expr::And(Box::new(left), own.boxed(Parser::not)?)) } else { Err(left) })
        })
    }

    fn not(&mut self) -> Parsed {
        match self.takes_word("not") {
            true => Ok(Expr::Not(self.boxed(Parser::not)?)),
            false => self.comparison(),
        }
    }

    fn comparison(&mut self) -> Parsed {
        let first = self.sum()?;
        let mut more = Vec::new();
        while let Some(op) = self.comparison_op()? {
            more.push((op, self.below(Parser::sum)?));
        }
        Ok(if more.is_empty() { first } else { Expr::Comparison(Box::new(first), more) })
    }

    fn comparison_op(&mut self) -> Result<Option<ComparisonOp>, String> {
        for (sign, op) in [
            ("==", ComparisonOp::Equal),
            ("!=", ComparisonOp::NotEqual),
            ("<=", ComparisonOp::LessOrEqual),
            (">=", ComparisonOp::GreaterOrEqual),
            ("<", ComparisonOp::Less),
            (">", ComparisonOp::Greater),
        ] {
            if self.takes(sign) {
                return Ok(Some(op));
            }
        }
        if self.takes_word("in") {
            return Ok(Some(ComparisonOp::In));
        }
        if !self.takes_word("not") {
            return Ok(None);
        }
        match self.takes_word("in") {
            true => Ok(Some(ComparisonOp::NotIn)),
            false => Err(format!("not a template: `in` is missing after `not`; {FORM}")),
        }
    }

    fn binary(&mut self, next: fn(&mut Parser) -> Parsed, operators: &[(&str, BinaryOp)]) -> Parsed {
        self.chain(next, |own, left| {
            let op = operators.iter().find(|(sign, _)| own.takes(sign)).map(|(_, op)| *op);
            Ok(match op {
                Some(op) => Ok(Expr::Binary(op, Box::new(left), own.boxed(next)?)),
                None => Err(left),
            })
        })
    }

    fn sum(&mut self) -> Parsed {
        self.binary(Parser::joined, &[("+", BinaryOp::Add), ("-", BinaryOp::Subtract)])
    }

    fn joined(&mut self) -> Parsed {
        self.binary(Parser::quotient, &[("~", BinaryOp::Join)])
    }

    fn quotient(&mut self) -> Parsed {
        let parsed =
            self.binary(Parser::filtered, &[("//", BinaryOp::Divide), ("%", BinaryOp::Remainder)])?;
        if self.takes("*") || self.takes("**") {
            return Err(NO_TIMES.into());
        }
        if self.takes("/") {
            return Err("`/` gives fractions; write `//` for whole numbers".into());
        }
        Ok(parsed)
    }

    /// A sign belongs to the operand before its filters: `-1 | string`.
    fn filtered(&mut self) -> Parsed {
        self.chain(Parser::signed, |own, left| {
            Ok(if own.takes("|") { Ok(own.filter(left)?) } else { Err(left) })
        })
    }

    fn signed(&mut self) -> Parsed {
        match self.takes("-") {
            true => Ok(Expr::Negative(self.boxed(Parser::signed)?)),
            false => self.with_members(),
        }
    }

    fn filter(&mut self, input: Expr) -> Parsed {
        let Some(Token::Name(name)) = self.tokens.next() else {
            return Err(format!("`|` must be followed by the name of a filter; {FORM}"));
        };
        let filter = filters::named(&name)?;
        let (mut args, mut named) = (Vec::new(), Vec::new());
        if self.takes("(") {
            while !self.takes(")") {
                self.argument(&mut args, &mut named)?;
                if !self.takes(",") {
                    self.expects(")")?;
                    break;
                }
            }
        }
        Ok(Expr::Filter(FilterCall { filter, input: Box::new(input), args, named }))
    }

    fn argument(&mut self, args: &mut Vec<Expr>, named: &mut Vec<(String, Expr)>) -> Result<(), String> {
        if self.takes("*") || self.takes("**") {
            return Err(NO_TIMES.into());
        }
        let value = self.below(Parser::choice)?;
        match value {
            Expr::Name(name) if self.takes("=") => {
                let value = self.below(Parser::choice)?;
                named.push((name, value));
            }
            value => args.push(value),
        }
        Ok(())
    }

    fn with_members(&mut self) -> Parsed {
        self.chain(Parser::primary, |own, left| {
            Ok(if own.takes(".") {
                Ok(own.member(left)?)
            } else if own.takes("[") {
                Ok(own.part(left)?)
            } else if own.takes("(") {
                return Err(NO_FUNCTIONS.into());
            } else {
                Err(left)
            })
        })
    }

    fn member(&mut self, of: Expr) -> Parsed {
        match self.tokens.next() {
            Some(Token::Name(name)) => Ok(named(of, &name).unwrap_or_else(|of| Expr::Member(of, name))),
            Some(Token::Whole(at)) => Ok(Expr::Item(Box::new(of), Box::new(Expr::Literal(Value::Whole(at))))),
            _ => Err("`.` must be followed by the name of a member".into()),
        }
    }

    /// Behind `[`.
    fn part(&mut self, of: Expr) -> Parsed {
        let ends = |own: &mut Parser| matches!(own.tokens.peek(), Some(Token::Sign("]" | ":")));
        let first = if ends(self) { None } else { Some(self.below(Parser::choice)?) };
        if self.takes(":") {
            let up_to = if ends(self) { None } else { Some(self.boxed(Parser::choice)?) };
            if self.takes(":") {
                return Err("a part has a beginning and an end, as in `[2:8]`, and no steps".into());
            }
            self.expects("]")?;
            return Ok(Expr::Slice(Box::new(of), first.map(Box::new), up_to));
        }
        self.expects("]")?;
        Ok(match first {
            Some(Expr::Literal(Value::Text(name))) => named(of, name.as_str())
                .unwrap_or_else(|of| Expr::Item(of, Box::new(Expr::Literal(Value::Text(name))))),
            Some(index) => Expr::Item(Box::new(of), Box::new(index)),
            None => return Err("between `[` and `]` there must be a number or a name".into()),
        })
    }

    fn primary(&mut self) -> Parsed {
        let Some(token) = self.tokens.next() else {
            return Err(format!("not a template: a value is missing; {FORM}"));
        };
        match token {
            Token::Text(text) => Ok(Expr::Literal(Value::text(text))),
            Token::Whole(whole) => Ok(Expr::Literal(Value::Whole(whole))),
            Token::Name(name) => self.name(name),
            Token::Sign("(") => {
                let inner = self.below(Parser::choice)?;
                if self.takes(",") {
                    return Err("a list is written with `[` and `]`".into());
                }
                self.expects(")")?;
                Ok(inner)
            }
            Token::Sign("[") => self.list(),
            Token::Sign("{") => self.map(),
            Token::Sign("*" | "**") => Err(NO_TIMES.into()),
            other => Err(unexpected(&other)),
        }
    }

    fn name(&mut self, name: String) -> Parsed {
        Ok(match name.as_str() {
            "true" | "True" => Expr::Literal(Value::Bool(true)),
            "false" | "False" => Expr::Literal(Value::Bool(false)),
            "none" | "None" => Expr::Literal(Value::None),
            "if" | "else" | "and" | "or" | "not" | "in" | "is" => return Err(unexpected(&Token::Name(name))),
            _ => Expr::Name(name),
        })
    }

    fn list(&mut self) -> Parsed {
        let mut items = Vec::new();
        while !self.takes("]") {
            items.push(self.below(Parser::choice)?);
            if !self.takes(",") {
                self.expects("]")?;
                break;
            }
        }
        Ok(Expr::List(items))
    }

    fn map(&mut self) -> Parsed {
        let mut members = Vec::new();
        while !self.takes("}") {
            let name = self.below(Parser::choice)?;
            self.expects(":")?;
            members.push((name, self.below(Parser::choice)?));
            if !self.takes(",") {
                self.expects("}")?;
                break;
            }
        }
        Ok(Expr::Map(members))
    }
}

/// `params.tenant` is one name, and the same as `params['tenant']`.
fn named(of: Expr, member: &str) -> Result<Expr, Box<Expr>> {
    match of {
        Expr::Name(group) if GROUPS.contains(&group.as_str()) => Ok(Expr::Name(format!("{group}.{member}"))),
        of => Err(Box::new(of)),
    }
}
