//! The laws of what a kernel reads of a package and of messages: the list of its functions, and data structures with their memory.

use kernels::function_map::FunctionMap;
use kernels::layout::Layout;

pub fn function_map(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(map) = FunctionMap::parse(&text) else { return };
    for line in text.lines() {
        let function = line.split('\t').next().unwrap_or_default();
        let entry = map.find(function).expect("every line is a function");
        assert!(!entry.library_file().contains('/'), "a library outside of its folder");
    }
}

/// The bytes are a layout; where it is a good one, its own text is the memory to read.
pub fn layout(bytes: &[u8]) {
    let Ok(layout) = serde_json::from_slice::<Layout>(bytes) else { return };
    let memory = layout.encode(&serde_json::Map::new());
    assert_eq!(memory.is_ok(), layout.check().is_ok(), "a layout that cannot be laid out was filled");
    let Ok(memory) = memory else { return };
    assert_eq!(memory.len(), layout.size_bytes());
    let empty = layout.decode(&memory).expect("memory of its size");
    let again = layout.encode(&empty.values).expect("its own values");
    assert_eq!(layout.decode(&again).expect("memory of its size"), empty, "what was read and written reads otherwise");
    let foreign: Vec<u8> = bytes.iter().copied().cycle().take(memory.len()).collect();
    let left = layout.decode(&foreign).expect("memory of its size");
    let again = layout.encode(&left.values).expect("values that were read");
    let twice = layout.decode(&again).expect("memory of its size");
    assert!(left.values.iter().all(|(name, value)| twice.values.get(name) == Some(value)), "what was read and written reads otherwise");
}
