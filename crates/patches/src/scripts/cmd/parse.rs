//! The grammar of the Windows command processor: a script's text as statements and a flow between them. What a single command does is not known here.

use super::super::{How, Kind, Reach, Statement};
use super::command::{Then, label_name, understand};
use super::flow::{Flow, Place};
use super::text::{Reader, is_blank, name_of, reads};
use std::ops::Range;

/// Blocks and conditions within each other that are followed; the rest of such a line counts as one statement of another kind.
const DEPTH_MAX: usize = 128;

pub struct Parser<'a> {
    reader: Reader<'a>,
    flow: Flow,
    /// Where control is.
    here: Place,
    /// Blocks that are open around the place that is read.
    blocks: usize,
    /// These, and conditions and loops.
    depth: usize,
    /// Begin of the line that is carried out as one, with all lines of its blocks.
    before: usize,
    line_begins: Vec<usize>,
    found: Vec<(Statement, Place)>,
}

impl<'a> Parser<'a> {
    pub fn new(script: &'a [u8]) -> Parser<'a> {
        let line_ends = script.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
        let flow = Flow::new();
        let here = flow.start();
        Parser {
            reader: Reader { script, at: 0 },
            flow,
            here,
            blocks: 0,
            depth: 0,
            before: 0,
            line_begins: std::iter::once(0).chain(line_ends).collect(),
            found: Vec::new(),
        }
    }

    pub fn statements(mut self) -> Vec<Statement> {
        while self.reader.peek().is_some() {
            self.before = self.reader.at;
            self.commands(false);
            // Behind a block's end stands something that is no operator.
            self.reader.skip_line();
            self.reader.at += 1;
        }
        let reach = self.flow.reach(self.here);
        self.found.into_iter().map(|(statement, place)| Statement { reach: reach[place], ..statement }).collect()
    }

    /// Commands with `&` between them, to the line's end, or over all lines to the block's end. What ends them is not read.
    fn commands(&mut self, over_lines: bool) {
        loop {
            self.chain();
            self.reader.skip_blanks();
            match self.reader.peek() {
                Some(b'&') => self.reader.at += 1,
                Some(b'\n') if over_lines => self.reader.at += 1,
                Some(b')') | None => return,
                _ if over_lines => self.reader.skip_line(),
                _ => return,
            }
        }
    }

    /// Commands with `&&` and `||` between them: any but the first may be left out.
    fn chain(&mut self) {
        let mut skipped = None;
        loop {
            self.pipe();
            self.reader.skip_blanks();
            if !matches!(self.reader.rest(), [b'&', b'&', ..] | [b'|', b'|', ..]) {
                break;
            }
            self.reader.at += 2;
            let end = *skipped.get_or_insert_with(|| self.flow.place());
            self.flow.way(self.here, end);
            self.here = self.flow.after(self.here);
        }
        if let Some(end) = skipped {
            self.flow.way(self.here, end);
            self.here = end;
        }
    }

    /// Commands with `|` between them run in processes of their own: they change nothing here, wherever they seem to jump.
    fn pipe(&mut self) {
        let (first, jumps) = (self.found.len(), self.flow.jumps());
        let mut piped = false;
        loop {
            self.element();
            self.reader.skip_blanks();
            let rest = self.reader.rest();
            if !rest.starts_with(b"|") || rest.starts_with(b"||") {
                break;
            }
            self.reader.at += 1;
            piped = true;
        }
        if piped {
            self.flow.void_jumps(jumps);
            self.found[first..].iter_mut().for_each(|(statement, _)| in_a_child(&mut statement.kind));
        }
    }

    fn element(&mut self) {
        let reader = &mut self.reader;
        while reader.peek().is_some_and(|byte| is_blank(byte) || byte == b'@') {
            reader.at += 1;
        }
        let begin = reader.at;
        match reader.peek() {
            None | Some(b'\n' | b'&' | b'|') => {}
            Some(b'(') if self.depth < DEPTH_MAX => self.block(),
            Some(b')') if self.blocks > 0 => {}
            // Where no block is open, such a line is passed over.
            Some(b')') => reader.skip_line(),
            Some(b':') => self.label(),
            _ if reader.is_word(b"rem") => reader.skip_line(),
            _ if self.depth < DEPTH_MAX && reader.take_word(b"if") => self.condition(begin),
            _ if self.depth < DEPTH_MAX && reader.take_word(b"for") => self.each(begin),
            _ => self.simple(begin),
        }
    }

    fn block(&mut self) {
        self.reader.at += 1;
        self.blocks += 1;
        self.deeper(|parser| parser.commands(true));
        self.blocks -= 1;
        if self.reader.peek() == Some(b')') {
            self.reader.at += 1;
        }
        self.redirections();
    }

    /// Behind a block.
    fn redirections(&mut self) {
        loop {
            self.reader.skip_blanks();
            match self.reader.rest() {
                [b'<' | b'>', ..] => {}
                [b'0'..=b'9', b'<' | b'>', ..] => self.reader.at += 1,
                _ => return,
            }
            self.reader.redirection(self.blocks > 0);
        }
    }

    fn deeper(&mut self, read: impl FnOnce(&mut Self)) {
        self.depth += 1;
        read(self);
        self.depth -= 1;
    }

    /// A label; with a second colon it is a remark, which harms no more than a label that nobody names.
    fn label(&mut self) {
        let begin = self.reader.at;
        self.reader.skip_line();
        let name = label_name(&self.reader.script[begin + 1..self.reader.at]);
        self.here = self.flow.after(self.here);
        let line = self.line_begins[self.line_of(begin) - 1];
        if !name.is_empty() && self.reader.script[line..begin].iter().all(|byte| is_blank(*byte)) {
            self.flow.label(name, self.here);
        }
    }

    fn condition(&mut self, begin: usize) {
        let mut defined = None;
        while self.one_blank_word(b"/i") || self.one_blank_word(b"not") {}
        if self.one_blank_word(b"defined") {
            defined = Some(name_of(&self.word()));
        } else if self.one_blank_word(b"exist") || self.one_blank_word(b"errorlevel") || self.one_blank_word(b"cmdextversion") {
            self.word();
        } else {
            self.comparison();
        }
        let head = self.found(begin..self.reader.at, Kind::Other);
        self.found[head].0.reads.extend(defined);
        let branch = self.here;
        let end = self.flow.place();
        self.here = self.flow.after(branch);
        self.deeper(|parser| parser.commands(false));
        self.flow.way(self.here, end);
        self.reader.skip_blanks();
        self.here = branch;
        if self.reader.take_word(b"else") {
            self.here = self.flow.after(branch);
            self.deeper(|parser| parser.commands(false));
        }
        self.flow.way(self.here, end);
        self.here = end;
    }

    fn one_blank_word(&mut self, word: &[u8]) -> bool {
        self.reader.skip_blanks();
        self.reader.take_word(word)
    }

    fn word(&mut self) -> Vec<u8> {
        self.reader.skip_blanks();
        self.reader.word(self.blocks > 0).bytes
    }

    /// `a==b`, with or without blanks, or `a EQU b`.
    fn comparison(&mut self) {
        self.word();
        self.reader.skip_blanks();
        let operators: [&[u8]; 6] = [b"equ", b"neq", b"lss", b"leq", b"gtr", b"geq"];
        // Two equals signs count as blanks and are behind us by now.
        operators.iter().any(|operator| self.reader.take_word(operator));
        self.word();
    }

    /// `for … %%i in (…) do command`.
    fn each(&mut self, begin: usize) {
        while !self.one_blank_word(b"in") {
            let before = self.reader.at;
            self.word();
            if self.reader.at == before {
                self.reader.at = begin;
                return self.simple(begin);
            }
        }
        self.reader.skip_blanks();
        if self.reader.peek() != Some(b'(') {
            self.reader.at = begin;
            return self.simple(begin);
        }
        self.reader.at += 1;
        self.loop_set();
        self.one_blank_word(b"do");
        self.found(begin..self.reader.at, Kind::Other);
        let head = self.here;
        self.here = self.flow.after(head);
        self.deeper(|parser| parser.commands(false));
        let end = self.flow.after(head);
        self.flow.way(self.here, end);
        self.here = end;
    }

    /// What a loop goes through, which may take lines, with its closing parenthesis.
    fn loop_set(&mut self) {
        while let Some(byte) = self.reader.peek() {
            match byte {
                b')' => {
                    self.reader.at += 1;
                    return;
                }
                b'\n' | b'&' | b'|' | b'<' | b'>' => self.reader.at += 1,
                _ => {
                    self.reader.command(true);
                }
            }
        }
    }

    fn simple(&mut self, begin: usize) {
        let text = self.reader.command(self.blocks > 0);
        let command = understand(&text);
        let index = self.found(begin..self.reader.at, command.kind);
        self.found[index].0.reads.extend(command.reads);
        match command.then {
            Then::On => {}
            Then::Function(label) => self.flow.call(self.here, label),
            Then::Jump(jump) => self.here = self.flow.jump(self.here, jump),
        }
    }

    /// Takes a statement in, as control comes to it.
    fn found(&mut self, mut bytes: Range<usize>, kind: Kind) -> usize {
        bytes.end -= usize::from(self.reader.script[bytes.clone()].ends_with(b"\r"));
        self.here = self.flow.after(self.here);
        let reads = reads(&self.reader.script[bytes.clone()]);
        let line = self.line_of(bytes.start);
        let statement = Statement { bytes, line, before: self.before, reach: Reach::Never, kind, reads };
        self.found.push((statement, self.here));
        self.found.len() - 1
    }

    fn line_of(&self, at: usize) -> usize {
        self.line_begins.partition_point(|begin| *begin <= at)
    }
}

/// What a statement is worth that runs in a child of its own.
fn in_a_child(kind: &mut Kind) {
    match kind {
        Kind::Assign { .. } | Kind::Export { .. } | Kind::Unset { .. } => *kind = Kind::Other,
        Kind::Call { how, .. } => *how = How::Child,
        Kind::Java { .. } | Kind::Other => {}
    }
}
