//! Every reader of foreign text, each as a plain function over bytes that asserts what must hold whatever the bytes are: laws, and not only that
//! nothing panics. Where the bytes come from – the saved corpus, chance, mutations – is not known here.

mod containers;
mod descriptors;
mod domains;
mod editing;
mod ground;
mod homes;
mod journals;
mod kernel;
mod named;
mod object_texts;
mod scripts;

/// One reader with its laws.
pub struct Target {
    /// Also the name of its folder in the corpus.
    pub name: &'static str,
    /// Panics where a law is violated.
    pub run: fn(&[u8]),
    /// So many times fewer inputs are tried: it makes a home on the disk for each.
    pub cost: u32,
}

const fn quick(name: &'static str, run: fn(&[u8])) -> Target {
    Target { name, run, cost: 1 }
}

const fn on_disk(name: &'static str, cost: u32, run: fn(&[u8])) -> Target {
    Target { name, run, cost }
}

/// All targets. A new reader of foreign text comes with a line here and a folder in the corpus.
pub static TARGETS: &[Target] = &[
    quick("xml", descriptors::xml),
    quick("descriptor", descriptors::descriptor),
    quick("catalogue", descriptors::catalogue),
    on_disk("container", 2, containers::container),
    on_disk("container_descriptor", 2, containers::container_descriptor),
    on_disk("import", 8, containers::import),
    on_disk("download_memory", 16, containers::download_memory),
    on_disk("class_path", 2, containers::class_path),
    on_disk("manifest", 2, containers::manifest),
    on_disk("class_index", 2, containers::class_index),
    on_disk("class_index_text", 2, containers::class_index_text),
    quick("sh_statements", scripts::sh_statements),
    quick("cmd_statements", scripts::cmd_statements),
    on_disk("effective_sh", 16, scripts::effective_sh),
    on_disk("effective_cmd", 16, scripts::effective_cmd),
    quick("sh_edit", editing::sh_edit),
    quick("cmd_edit", editing::cmd_edit),
    quick("sh_java_option", editing::sh_java_option),
    quick("cmd_java_option", editing::cmd_java_option),
    on_disk("domain_configuration", 8, domains::configuration),
    on_disk("domain_registry", 4, domains::registry),
    quick("node_manager_properties", domains::node_manager_properties),
    on_disk("product_properties", 8, homes::product_properties),
    on_disk("patch_registry", 16, homes::patch_registry),
    on_disk("records", 32, homes::records),
    on_disk("lock_holder", 2, journals::lock_holder),
    on_disk("history", 4, journals::history),
    on_disk("journal", 16, journals::journal),
    quick("names", named::names),
    quick("object_text", object_texts::object_text),
    quick("par", object_texts::par),
    quick("dictionary", object_texts::dictionary),
    quick("c_headers", object_texts::c_headers),
    quick("function_map", kernel::function_map),
    quick("kernel_layout", kernel::layout),
];
