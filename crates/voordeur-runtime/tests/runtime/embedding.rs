//! The example program that embeds the runtime, and the page that shows it.

#[expect(dead_code, reason = "its main is for who runs it alone")]
#[path = "../../examples/embed.rs"]
mod embed;

#[tokio::test]
async fn the_example_runs_and_the_page_shows_it() {
    let lines = embed::embedded().await.expect("it runs");
    let told = lines.join("\n");
    for part in ["reported through `knock`, by worker", "nobody has been at the door", "ended in `helped`"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let page = include_str!("../../../../docs/embedding.md");
    let example = include_str!("../../examples/embed.rs");
    let shown =
        page.split("```rust\n").nth(1).and_then(|rest| rest.split("```").next()).expect("the program");
    assert_eq!(shown, example, "docs/embedding.md shows crates/voordeur-runtime/examples/embed.rs as it is");
}
