//! Pictures of the examples, and what holds for every picture.

#![expect(clippy::expect_used, reason = "a panic in a test is a failing test")]

use proptest::prelude::*;
use voordeur_diagram::{
    Diagram, Edge, Layout, Mark, Shape, Vertex, lifecycle_mermaid, to_dot, to_mermaid, to_svg,
};
use voordeur_protocol::{CheckedProtocol, Kind, compile};

const EXAMPLES: [(&str, &str); 4] = [
    ("eropaf", include_str!("../../../dsl-examples/eropaf/eropaf.pathway")),
    ("families-first", include_str!("../../../dsl-examples/families-first/families-first.pathway")),
    ("school-absence", include_str!("../../../dsl-examples/school-absence/school-absence.pathway")),
    ("early-signals", include_str!("../../../dsl-examples/early-signals/early-signals.pathway")),
];

fn protocol(source: &str) -> CheckedProtocol {
    compile(source).protocols.into_iter().next().expect("a pathway")
}

#[test]
fn examples_as_dot() {
    for (name, source) in EXAMPLES {
        insta::assert_snapshot!(format!("{name}_dot"), to_dot(&Diagram::of(&protocol(source))));
    }
}

#[test]
fn eropaf_as_mermaid() {
    insta::assert_snapshot!(to_mermaid(&Diagram::of(&protocol(EXAMPLES[0].1))));
}

#[test]
fn lifecycles() {
    let all: Vec<String> =
        Kind::ALL.iter().map(|kind| format!("{}\n{}", kind.word(), lifecycle_mermaid(*kind))).collect();
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn svg_is_well_formed_deterministic_and_nothing_overlaps() {
    for (name, source) in EXAMPLES {
        let diagram = Diagram::of(&protocol(source));
        let svg = to_svg(&diagram);
        assert_eq!(svg, to_svg(&diagram), "{name}");
        let document = roxmltree::Document::parse(&svg).expect("XML");
        let has = |tag: &str| document.descendants().any(|node| node.has_tag_name(tag));
        assert!(has("title") && has("desc") && !has("script"), "{name}");
        for vertex in &diagram.vertices {
            assert!(svg.contains(&vertex.name), "{name}: {}", vertex.name);
        }
        nothing_overlaps(&diagram);
    }
}

/// Every deadline of the pathway stands in its picture.
#[test]
fn deadlines_stand_in_the_picture() {
    let svg = to_svg(&Diagram::of(&protocol(EXAMPLES[0].1)));
    for deadline in [
        "within 2 working",
        "contact within 4",
        "accept within 5",
        "after 12 months",
        "after 3 working days:",
    ] {
        assert!(svg.contains(deadline), "{deadline}");
    }
}

fn nothing_overlaps(diagram: &Diagram) {
    let layout = Layout::of(diagram);
    let boxes: Vec<_> = layout.vertices.iter().chain(&layout.labels).chain(&layout.notes).collect();
    for (position, one) in boxes.iter().enumerate() {
        for other in boxes.iter().skip(position + 1) {
            assert!(!one.overlaps(other), "{one:?} {other:?}");
        }
        assert!(one.x >= 0.0 && one.y >= 0.0 && one.x + one.width <= layout.width, "{one:?}");
    }
}

fn diagrams() -> impl Strategy<Value = Diagram> {
    (1..12_usize).prop_flat_map(|count| {
        let lines = || prop::collection::vec("[a-z<>&\"é ]{0,40}", 0..4);
        let vertices = prop::collection::vec(("[A-Z<&]{1,30}", lines()), count);
        let edges = prop::collection::vec((0..count, 0..count, lines()), 0..20);
        (vertices, edges).prop_map(|(vertices, edges)| Diagram {
            title: "A & <B>".to_owned(),
            subtitle: "a 1".to_owned(),
            vertices: (vertices.into_iter().enumerate())
                .map(|(n, (title, lines))| Vertex {
                    name: format!("n{n}"),
                    title,
                    shape: Shape::Stage,
                    lines,
                    mark: Mark::None,
                })
                .collect(),
            edges: edges
                .into_iter()
                .map(|(from, to, lines)| Edge { from, to, lines, mark: Mark::None, ways: Vec::new() })
                .collect(),
            notes: Vec::new(),
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn any_diagram_can_be_drawn(diagram in diagrams()) {
        nothing_overlaps(&diagram);
        let svg = to_svg(&diagram);
        prop_assert!(roxmltree::Document::parse(&svg).is_ok());
        prop_assert_eq!(svg, to_svg(&diagram));
    }
}
