//! Reads start scripts of sh and bash: which statements there are, and which of them the shell gets to. It follows the script's structure, not its
//! values: what a condition comes to is not known here. Reading never fails; a text that is no script gives statements that mean nothing.

mod block;
mod commands;
mod tokens;

pub use block::DIALECT;
pub use commands::misplaced;

use super::{How, Kind, Reach, Statement};
use std::ops::Range;
use tokens::{Operator, Token, Tokens};

/// The statements of a script, in its order.
pub fn statements(text: &[u8]) -> Vec<Statement> {
    let mut reader = Reader::new(text);
    while let Some((start, token)) = reader.tokens.next() {
        reader.take(start, token);
    }
    reader.end_command(Terminator::End);
    reader.statements
}

/// What a compound statement is, and which part of it is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Script,
    /// `{ … }`
    Braces,
    /// `( … )`
    Subshell,
    /// Between `if` or `elif` and `then`.
    Condition,
    /// Behind `then` or `else`.
    Arm,
    /// Between `for`, `while` or `until` and `do`; the words of a `for` are no command.
    LoopHead {
        lists: bool,
    },
    LoopBody,
    CaseHead,
    CasePattern,
    CaseBody,
}

/// Whether the rest of a part is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    No,
    /// By `break` or `continue`: what is behind the loop is reached.
    Loop,
    /// By `exit`, `return` or `exec`.
    Script,
}

struct Frame {
    part: Part,
    /// Reach of the compound statement itself.
    around: Reach,
    is_function: bool,
    /// Whether what is being read may be left out.
    conditional: bool,
    ended: Ended,
    /// A jump out of the script may have been taken before.
    may_have_left: bool,
    /// Of an `if` or `case`: how all arms so far end, if they do, and whether one of the arms is always taken.
    arms_ended: Option<Ended>,
    has_else: bool,
    /// State of the list in which the compound statement stands.
    list_conditional: bool,
    in_pipe: bool,
    pipe_from: usize,
}

enum Terminator {
    End,
    Pipe,
    Background,
}

struct Reader<'a> {
    text: &'a [u8],
    tokens: Tokens<'a>,
    statements: Vec<Statement>,
    frames: Vec<Frame>,
    /// Words of the command being read, and where its redirections end.
    words: Vec<Range<usize>>,
    command_end: usize,
    file_name_next: bool,
    /// Begin of the line at which the outermost unfinished command begins; `None` between commands.
    before: Option<usize>,
    line_begin: usize,
    /// Behind `&&` or `||`.
    list_conditional: bool,
    in_pipe: bool,
    /// The first statement of the pipeline being read.
    pipe_from: usize,
    function_next: bool,
    /// How the part was ended before the compound statement that was just closed, in case that turns out to be a process of its own.
    ended_before: Option<Ended>,
    /// Behind `&&`, `||` or `|`: the list goes on on the next line.
    awaits_operand: bool,
    /// Bytes whose line is known, so that lines are counted once.
    counted: (usize, usize),
}

impl<'a> Reader<'a> {
    fn new(text: &'a [u8]) -> Reader<'a> {
        let mut reader = Reader {
            text,
            tokens: Tokens::new(text),
            statements: Vec::new(),
            frames: Vec::new(),
            words: Vec::new(),
            command_end: 0,
            file_name_next: false,
            before: None,
            line_begin: 0,
            list_conditional: false,
            in_pipe: false,
            pipe_from: 0,
            function_next: false,
            ended_before: None,
            awaits_operand: false,
            counted: (0, 1),
        };
        reader.open(Part::Script);
        reader
    }

    fn top(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("the script's own frame stays")
    }

    fn part(&self) -> Part {
        self.frames.last().expect("the script's own frame stays").part
    }

    fn take(&mut self, start: usize, token: Token) {
        let is_line_end = matches!(token, Token::Newline { .. });
        if self.before.is_none() && !is_line_end {
            self.before = Some(self.line_begin);
        }
        self.awaits_operand &= is_line_end;
        match token {
            Token::Word(range) if self.file_name_next => {
                self.file_name_next = false;
                self.command_end = range.end;
            }
            Token::Word(range) => self.word(range),
            Token::Newline { documents } => self.newline(&documents),
            Token::Operator(operator) => self.operator(start, operator),
        }
    }

    fn newline(&mut self, documents: &[tokens::Document]) {
        self.file_name_next = false;
        let goes_on = self.awaits_operand;
        if !goes_on {
            self.end_list();
        }
        for document in documents.iter().filter(|document| document.expands) {
            let names = tokens::reads(&self.text[document.bytes.clone()], false);
            if let Some(statement) = self.statements.last_mut() {
                statement.reads.extend(names);
            }
        }
        self.line_begin = self.tokens.at;
        if self.frames.len() == 1 && !goes_on && !self.function_next {
            self.before = None;
        }
    }

    fn operator(&mut self, start: usize, operator: Operator) {
        match operator {
            Operator::Redirection => self.file_name_next = true,
            Operator::Semicolon => self.end_list(),
            Operator::Background => {
                self.end_command(Terminator::Background);
                self.end_nothing();
                self.end_list();
            }
            Operator::And | Operator::Or => {
                self.end_command(Terminator::End);
                self.end_pipe();
                self.list_conditional = true;
                self.awaits_operand = true;
            }
            Operator::Pipe if self.part() == Part::CasePattern => {}
            Operator::Pipe => self.pipe(),
            Operator::ArmEnd => {
                self.end_list();
                if self.part() == Part::CaseBody {
                    self.end_arm();
                    self.top().part = Part::CasePattern;
                }
            }
            Operator::Open => self.open_bracket(start),
            Operator::Close => self.close_bracket(),
        }
    }

    fn open_bracket(&mut self, start: usize) {
        match (self.part(), self.words.len()) {
            (Part::CasePattern, _) => {}
            (Part::LoopHead { lists: true }, _) => self.tokens.skip_brackets(start),
            (_, 0) if self.tokens.is_open_bracket() && self.tokens.skip_arithmetic() => {
                self.words.push(start..self.tokens.at);
                self.command_end = self.tokens.at;
            }
            (_, 0) => self.open(Part::Subshell),
            // `name ()`: a body follows.
            (_, 1) => {
                self.words.clear();
                self.tokens.skip_brackets(start);
                self.function_next = true;
            }
            _ => self.tokens.skip_brackets(start),
        }
    }

    fn close_bracket(&mut self) {
        if self.part() == Part::CasePattern {
            let pattern = self.words.iter().map(|word| &self.text[word.clone()]).any(|word| word == b"*");
            self.words.clear();
            let top = self.top();
            top.has_else |= pattern;
            top.conditional = true;
            top.part = Part::CaseBody;
            return;
        }
        self.end_list();
        if self.part() == Part::Subshell {
            self.close();
        }
    }

    fn pipe(&mut self) {
        self.end_command(Terminator::Pipe);
        self.end_nothing();
        let from = self.pipe_from.min(self.statements.len());
        for statement in &mut self.statements[from..] {
            // What a part of a pipeline sets, it sets for itself.
            let sets = matches!(statement.kind, Kind::Assign { .. } | Kind::Unset { .. } | Kind::Export { .. });
            if sets && statement.reach == Reach::Always {
                statement.reach = Reach::Sometimes;
            }
        }
        self.in_pipe = true;
        self.awaits_operand = true;
    }

    /// What was just closed is a process of its own: whatever ended it, the script goes on.
    fn end_nothing(&mut self) {
        if let Some(ended) = self.ended_before.take() {
            self.top().ended = ended;
        }
    }

    fn end_pipe(&mut self) {
        self.ended_before = None;
        self.in_pipe = false;
        self.pipe_from = self.statements.len();
    }

    fn end_list(&mut self) {
        if matches!(self.part(), Part::LoopHead { lists: true }) {
            self.end_loop_words();
            return;
        }
        if matches!(self.part(), Part::CaseHead | Part::CasePattern) {
            return;
        }
        self.end_command(Terminator::End);
        self.end_pipe();
        self.list_conditional = false;
    }

    fn word(&mut self, range: Range<usize>) {
        let text = &self.text[range.clone()];
        match self.part() {
            Part::CaseHead if text == b"in" && !self.words.is_empty() => {
                self.push(Kind::Other, None);
                self.words.clear();
                self.top().part = Part::CasePattern;
            }
            Part::CasePattern if self.words.is_empty() && text == b"esac" => self.close(),
            Part::LoopHead { lists: true } if text == b"do" && self.words.len() == 1 => {
                self.end_loop_words();
                self.keyword(b"do");
            }
            Part::CaseHead | Part::CasePattern | Part::LoopHead { lists: true } => self.add(range),
            _ if self.words.is_empty() && self.keyword(text) => {}
            _ => {
                self.function_next = false;
                self.add(range);
            }
        }
    }

    fn add(&mut self, range: Range<usize>) {
        self.command_end = range.end;
        self.words.push(range);
    }

    /// Takes a word at the begin of a command if it is one of the shell's own that opens, continues or closes a compound statement.
    fn keyword(&mut self, word: &[u8]) -> bool {
        let part = self.part();
        match word {
            b"if" => {
                self.open(Part::Condition);
                self.top().arms_ended = Some(Ended::Script);
            }
            b"then" if part == Part::Condition => self.begin_arm(),
            b"elif" if part == Part::Arm => {
                self.end_arm();
                self.top().part = Part::Condition;
            }
            b"else" if part == Part::Arm => {
                self.end_arm();
                self.top().has_else = true;
            }
            b"while" | b"until" => self.open(Part::LoopHead { lists: false }),
            b"for" | b"select" => self.open(Part::LoopHead { lists: true }),
            b"do" if matches!(part, Part::LoopHead { .. }) => {
                self.top().part = Part::LoopBody;
                self.top().conditional = true;
            }
            b"case" => {
                self.open(Part::CaseHead);
                self.top().arms_ended = Some(Ended::Script);
            }
            b"{" => self.open(Part::Braces),
            b"fi" if part == Part::Arm => self.close(),
            b"done" if part == Part::LoopBody => self.close(),
            b"esac" if part == Part::CaseBody => self.close(),
            b"}" if part == Part::Braces => self.close(),
            b"function" => self.function_name(),
            b"!" | b"time" => {}
            _ => return false,
        }
        true
    }

    /// Behind the word `function`: its name, and brackets where there are some.
    fn function_name(&mut self) {
        let Some((_, Token::Word(_))) = self.tokens.next() else { return };
        self.function_next = true;
        let behind = self.tokens.at;
        match self.tokens.next() {
            Some((start, Token::Operator(Operator::Open))) => self.tokens.skip_brackets(start),
            _ => self.tokens.at = behind,
        }
    }

    /// The words of a `for` are read: it sets its variable.
    fn end_loop_words(&mut self) {
        if let Some(first) = self.words.first() {
            let name = String::from_utf8_lossy(&self.text[first.clone()]).into_owned();
            let values = self.words.get(2).map_or(self.command_end, |word| word.start)..self.command_end;
            let value = String::from_utf8_lossy(&self.text[values]).into_owned();
            let was = std::mem::replace(&mut self.top().conditional, true);
            self.push(Kind::Assign { name, value, exported: false }, None);
            self.top().conditional = was;
        }
        self.words.clear();
        self.top().part = Part::LoopHead { lists: false };
    }

    fn open(&mut self, part: Part) {
        let frame = Frame {
            part,
            around: if self.frames.is_empty() { Reach::Always } else { self.reach() },
            is_function: std::mem::take(&mut self.function_next),
            conditional: self.list_conditional || self.in_pipe || part == Part::Subshell,
            ended: Ended::No,
            may_have_left: false,
            arms_ended: None,
            has_else: false,
            list_conditional: self.list_conditional,
            in_pipe: self.in_pipe,
            pipe_from: self.pipe_from,
        };
        self.frames.push(frame);
        self.list_conditional = false;
        self.in_pipe = false;
        self.pipe_from = self.statements.len();
    }

    fn begin_arm(&mut self) {
        let top = self.top();
        top.part = Part::Arm;
        top.conditional = true;
        top.ended = Ended::No;
    }

    fn end_arm(&mut self) {
        let top = self.top();
        top.may_have_left |= top.ended == Ended::Script;
        top.arms_ended = top.arms_ended.and_then(|so_far| match top.ended {
            Ended::No => None,
            // Behind the loop the script goes on if one arm only leaves the loop.
            Ended::Loop => Some(Ended::Loop),
            Ended::Script => Some(so_far),
        });
        top.ended = Ended::No;
    }

    fn close(&mut self) {
        self.end_command(Terminator::End);
        if matches!(self.part(), Part::Arm | Part::CaseBody) {
            self.end_arm();
        }
        let Some(frame) = self.frames.pop() else { return };
        self.list_conditional = frame.list_conditional;
        self.in_pipe = frame.in_pipe;
        self.pipe_from = frame.pipe_from;
        // What ends a subshell, a part of a pipeline or a function ends nothing else.
        if frame.is_function || frame.in_pipe || frame.part == Part::Subshell {
            return;
        }
        let ended = match frame.part {
            Part::Braces => frame.ended,
            Part::LoopBody => Ended::No,
            _ => frame.arms_ended.filter(|_| frame.has_else).unwrap_or(Ended::No),
        };
        self.ended_before = Some(self.top().ended);
        let parent = self.top();
        parent.may_have_left |= frame.may_have_left || frame.ended == Ended::Script;
        if !frame.list_conditional && ended != Ended::No {
            parent.ended = ended;
        }
    }

    fn reach(&self) -> Reach {
        let top = self.frames.last().expect("the script's own frame stays");
        if top.around == Reach::Never || top.ended != Ended::No {
            Reach::Never
        } else if top.around == Reach::Function || top.is_function {
            Reach::Function
        } else if top.around == Reach::Sometimes || self.list_conditional || top.conditional || top.may_have_left {
            Reach::Sometimes
        } else {
            Reach::Always
        }
    }

    fn push(&mut self, kind: Kind, said: Option<Range<usize>>) {
        let bytes = self.words[0].start..self.command_end.max(self.words[0].end);
        let reads = tokens::reads(&self.text[said.unwrap_or(bytes.clone())], true);
        let line = self.line_of(bytes.start);
        let before = self.before.unwrap_or(self.line_begin);
        self.statements.push(Statement { bytes, line, before, reach: self.reach(), kind, reads });
    }

    fn line_of(&mut self, at: usize) -> usize {
        let (counted, line) = self.counted;
        let line = line + self.text[counted..at].iter().filter(|byte| **byte == b'\n').count();
        self.counted = (at, line);
        line
    }

    fn end_command(&mut self, terminator: Terminator) {
        if self.words.is_empty() {
            return;
        }
        let command = commands::read(self.text, &self.words);
        let is_one = command.kinds.len() == 1;
        for (mut kind, said) in command.kinds {
            if let (Terminator::Background, Kind::Call { how, .. }) = (&terminator, &mut kind) {
                *how = How::Child;
            }
            self.push(kind, (!is_one).then_some(said));
        }
        self.words.clear();
        let is_own_process = self.in_pipe || !matches!(terminator, Terminator::End);
        let Some(ended) = command.ends.filter(|_| !is_own_process && self.reach() != Reach::Never) else { return };
        let is_conditional = self.list_conditional || self.part() == Part::Condition;
        match (ended, is_conditional) {
            (Ended::Script, true) => self.top().may_have_left = true,
            (_, true) => {}
            (ended, false) => self.top().ended = ended,
        }
    }
}

#[cfg(test)]
mod tests;
