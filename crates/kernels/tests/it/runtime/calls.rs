//! Functions that call functions, in one library and in two, and what becomes of the messages they set.

use std::cell::RefCell;
use std::rc::Rc;

use kernels::runtime::{CallError, ErrorSet, take_errors};

use super::{call, field, start, start_traced, text};

#[repr(C)]
struct Nested {
    function: [u16; 40],
    mapped: i32,
    flags: i32,
    depth: i32,
    result: i32,
    greeting: [u16; 40],
}

fn nested(function: &str) -> Nested {
    Nested { function: field(function), mapped: 0, flags: 0, depth: 0, result: -1, greeting: [0; 40] }
}

fn error(function: &str, item: i32, id: &str, text: Option<&str>) -> ErrorSet {
    ErrorSet { function: function.into(), item, id: id.into(), text: text.map(str::to_owned) }
}

#[test]
fn a_function_calls_one_of_another_library() {
    start(&["caller", "called"]);
    let mut data = nested("Greet");
    assert_eq!(call("CallOther", &mut data), 0);
    assert_eq!((data.result, text(&data.greeting).as_str()), (1, "hello TESTER"));
    assert_eq!(take_errors(), []);
}

#[test]
fn messages_of_a_called_function_move_by_the_map() {
    start(&["caller", "called"]);
    let mut data = nested("Complain");
    data.mapped = 1;
    assert_eq!(call("CallOther", &mut data), 0);
    assert_eq!(data.result, 2);
    let expected = [
        error("Complain", 11, "0001", None),
        error("Complain", 0, "0002", Some("too many")),
        error("Complain", 12, "0003", Some("free text")),
        error("CallOther", 7, "9999", None),
    ];
    assert_eq!(take_errors(), expected);
    assert_eq!(take_errors(), []);
}

#[test]
fn without_a_map_messages_belong_to_no_item_and_the_flag_drops_them() {
    start(&["caller", "called"]);
    call("CallOther", &mut nested("Complain"));
    let items: Vec<i32> = take_errors().iter().map(|error| error.item).collect();
    assert_eq!(items, [0, 0, 0, 7]);

    let mut data = nested("Complain");
    data.flags = 1;
    call("CallOther", &mut data);
    assert_eq!(take_errors(), [error("CallOther", 7, "9999", None)]);
}

#[test]
fn messages_can_be_taken_back_by_whoever_set_them() {
    start(&["caller", "called"]);
    call("TakeBack", &mut nested("Complain"));
    assert_eq!(take_errors(), [error("TakeBack", 1, "KEPT", None)]);
}

#[test]
fn an_unknown_function_is_an_error_of_the_caller() {
    let lines = Rc::new(RefCell::new(Vec::new()));
    let trace = Rc::clone(&lines);
    start_traced(&["caller"], Some(Box::new(move |line| trace.borrow_mut().push(line.to_owned()))));
    let mut data = nested("Absent");
    assert_eq!(call("CallOther", &mut data), 0);
    assert_eq!(data.result, 2);
    let reason = "cannot call Absent: no library has a function Absent";
    assert_eq!(take_errors(), [error("CallOther", 0, "BSFNUNKNWN", Some(reason))]);
    assert_eq!(*lines.borrow(), [format!("jdeCallObject: {reason}"), "called Absent: 2".to_owned()]);

    // SAFETY: nothing is called.
    let refused = unsafe { kernels::runtime::call("Absent", std::ptr::null_mut()) };
    assert_eq!(refused, Err(CallError::NotFound { function: "Absent".into(), reason: "no library has a function Absent".into() }));
}

#[test]
fn endless_recursion_ends() {
    start(&["caller"]);
    let mut data = nested("");
    assert_eq!(call("CallItself", &mut data), 2);
    assert_eq!(data.depth, 256);
    let errors = take_errors();
    assert_eq!((errors.len(), errors[0].id.as_str(), errors[0].item), (1, "BSFNDEPTH", 0));
    assert!(errors[0].text.as_deref().unwrap().contains("nested 256 deep"));
    // The stack of calls is empty again.
    assert_eq!(call("CallOther", &mut nested("CallOther2")), 0);
}

#[test]
fn null_is_no_reason_to_crash() {
    start(&["caller", "called"]);
    // SAFETY: the function says what is wrong when it gets no data structure.
    let result = unsafe { kernels::runtime::call("Greet", std::ptr::null_mut()) };
    assert_eq!(result, Ok(2));
    assert_eq!(take_errors(), [error("Greet", 0, "4363", None)]);
    assert_eq!(call("CallWithNothing", &mut nested("Greet")), 2);
    assert_eq!(take_errors(), [error("CallWithNothing", 0, "BSFNUNKNWN", Some("cannot call : no library has a function "))]);
}

#[test]
fn messages_have_a_limit() {
    start(&["caller"]);
    call("ComplainOften", &mut nested(""));
    assert_eq!(take_errors().len(), 1000);
}

#[test]
fn a_thread_without_a_session_calls_nothing() {
    // SAFETY: nothing is called.
    let refused = unsafe { kernels::runtime::call("Greet", std::ptr::null_mut()) };
    assert_eq!(refused, Err(CallError::NoSession { function: "Greet".into() }));
    assert_eq!(take_errors(), []);
}
