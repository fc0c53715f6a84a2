//! Which places of a script are reached: a graph of steps with jumps by label, and one walk over it. It knows nothing of how a script is written.

use super::super::Reach;
use std::collections::HashMap;

/// A place of the script that control may pass.
pub type Place = usize;

const START: Place = 0;
const END: Place = 1;

/// The script as places and the ways between them.
pub struct Flow {
    ways: Vec<(Place, Place)>,
    places: usize,
    /// Where each label stands, in the order of the text; a name may stand twice.
    labels: HashMap<Vec<u8>, Vec<Place>>,
    /// From where, how, and the place behind, which nothing else need lead to.
    jumps: Vec<(Place, Jump, Place)>,
    calls: Vec<(Place, Vec<u8>)>,
}

/// Where control goes that does not go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Jump {
    Label(Vec<u8>),
    /// The label comes out of a variable.
    AnyLabel,
    /// The script, or the function, ends here.
    End,
}

impl Flow {
    pub fn new() -> Flow {
        Flow { ways: Vec::new(), places: 2, labels: HashMap::new(), jumps: Vec::new(), calls: Vec::new() }
    }

    pub fn start(&self) -> Place {
        START
    }

    /// A place that nothing leads to so far.
    pub fn place(&mut self) -> Place {
        self.places += 1;
        self.places - 1
    }

    pub fn after(&mut self, before: Place) -> Place {
        let place = self.place();
        self.way(before, place);
        place
    }

    pub fn way(&mut self, from: Place, to: Place) {
        self.ways.push((from, to));
    }

    pub fn label(&mut self, name: Vec<u8>, at: Place) {
        self.labels.entry(name).or_default().push(at);
    }

    /// Answers the place behind the jump.
    pub fn jump(&mut self, from: Place, jump: Jump) -> Place {
        let behind = self.place();
        self.jumps.push((from, jump, behind));
        behind
    }

    pub fn jumps(&self) -> usize {
        self.jumps.len()
    }

    /// Jumps in a process of its own, the last ones found, lead nowhere else.
    pub fn void_jumps(&mut self, since: usize) {
        let void: Vec<_> = self.jumps.drain(since..).map(|(from, _, behind)| (from, behind)).collect();
        self.ways.extend(void);
    }

    /// Control goes to the label and comes back.
    pub fn call(&mut self, from: Place, label: Vec<u8>) {
        self.calls.push((from, label));
    }

    /// How each place is reached, once the text is read to its end, which is at `last`.
    pub fn reach(mut self, last: Place) -> Vec<Reach> {
        self.way(last, END);
        let jumps: Vec<Place> = self.jumps.iter().map(|(from, ..)| *from).collect();
        self.resolve_jumps();
        let (mut ways, mut reached) = self.reached();
        if !reached[END] {
            // A script that starts its server again and again: as if somebody ended it where it would begin anew.
            self.ways.extend(jumps.into_iter().map(|from| (from, END)));
            (ways, reached) = self.reached();
        }
        let always = ways.passed_by_all(&reached);
        let called = self.called(&reached);
        (0..self.places)
            .map(|place| match (always[place], reached[place], called[place]) {
                (true, ..) => Reach::Always,
                (_, true, _) => Reach::Sometimes,
                (_, _, true) => Reach::Function,
                _ => Reach::Never,
            })
            .collect()
    }

    fn reached(&self) -> (Ways, Vec<bool>) {
        let ways = Ways::new(self.places, &self.ways);
        let mut reached = vec![false; self.places];
        ways.walk(START, &mut reached);
        (ways, reached)
    }

    fn resolve_jumps(&mut self) {
        let any = self.place();
        let all: Vec<Place> = self.labels.values().flatten().copied().collect();
        self.ways.extend(all.into_iter().map(|label| (any, label)));
        self.way(any, END);
        for (from, jump, _) in std::mem::take(&mut self.jumps) {
            let to = match jump {
                Jump::End => END,
                Jump::AnyLabel => any,
                // A script that jumps to a label which is not there ends with a message.
                Jump::Label(name) => self.target(&name, from).unwrap_or(END),
            };
            self.way(from, to);
        }
    }

    /// The command processor looks from the jump to the script's end, then from its begin.
    fn target(&self, name: &[u8], from: Place) -> Option<Place> {
        let places = self.labels.get(name)?;
        let behind = places.partition_point(|place| *place < from);
        places.get(behind).or(places.first()).copied()
    }

    /// What is reached from labels that reached statements call, and from those that these call.
    fn called(&self, reached: &[bool]) -> Vec<bool> {
        let targets: Vec<(Place, Place)> = self.calls.iter().filter_map(|(from, name)| Some((*from, self.target(name, *from)?))).collect();
        let with_calls: Vec<(Place, Place)> = self.ways.iter().chain(&targets).copied().collect();
        let ways = Ways::new(self.places, &with_calls);
        let mut called = vec![false; self.places];
        targets.iter().filter(|(from, _)| reached[*from]).for_each(|(_, target)| ways.walk(*target, &mut called));
        called
    }
}

/// The same ways, by where they begin.
struct Ways {
    first: Vec<usize>,
    to: Vec<Place>,
}

impl Ways {
    fn new(places: usize, ways: &[(Place, Place)]) -> Ways {
        let mut sorted = ways.to_vec();
        sorted.sort_unstable();
        let first = (0..=places).map(|place| sorted.partition_point(|(from, _)| *from < place)).collect();
        Ways { first, to: sorted.into_iter().map(|(_, to)| to).collect() }
    }

    fn from(&self, place: Place) -> &[Place] {
        &self.to[self.first[place]..self.first[place + 1]]
    }

    /// Marks whatever can be reached and is not marked.
    fn walk(&self, start: Place, marked: &mut [bool]) {
        let mut open = vec![start];
        while let Some(place) = open.pop() {
            if !std::mem::replace(&mut marked[place], true) {
                open.extend(self.from(place).iter().filter(|next| !marked[**next]));
            }
        }
    }

    /// One shortest way from the start to the end.
    fn one_way_through(&self) -> Vec<Place> {
        let mut came_from: Vec<Option<Place>> = vec![None; self.first.len() - 1];
        let mut open = std::collections::VecDeque::from([START]);
        while let Some(place) = open.pop_front() {
            for next in self.from(place) {
                if *next != START && came_from[*next].is_none() {
                    came_from[*next] = Some(place);
                    open.push_back(*next);
                }
            }
        }
        let mut way = vec![END];
        while let Some(before) = came_from[*way.last().expect("it begins with one")] {
            way.push(before);
        }
        way.reverse();
        if way[0] == START { way } else { Vec::new() }
    }

    /// Places that no way from start to end goes around. Such a place lies on any one way through, so it is enough to follow one and to ask of each
    /// of its places whether something before it leads further than to it.
    fn passed_by_all(&self, reached: &[bool]) -> Vec<bool> {
        let mut always = vec![false; reached.len()];
        let way = self.one_way_through();
        let mut position: Vec<Option<usize>> = vec![None; reached.len()];
        way.iter().enumerate().for_each(|(index, place)| position[*place] = Some(index));
        let mut seen = vec![false; reached.len()];
        let mut furthest = 0;
        for (index, place) in way.iter().enumerate() {
            always[*place] = furthest <= index;
            let mut open = vec![*place];
            while let Some(from) = open.pop() {
                for next in self.from(from) {
                    match position[*next] {
                        Some(there) => furthest = furthest.max(there),
                        None if !std::mem::replace(&mut seen[*next], true) => open.push(*next),
                        None => {}
                    }
                }
            }
        }
        always
    }
}
