//! What the service relies on: the same order gives the same bytes, and they are a picture.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use super::*;

fn motif(prompt: &str, seed: u64) -> Motif {
    let prompt = prompt.to_owned();
    Motif { prompt, negative_prompt: None, width: 96, height: 64, steps: 4, seed }
}

fn paint(motif: Motif) -> Vec<u8> {
    let mut painting = Painting::begin(motif);
    while painting.step() {}
    painting.finish().unwrap()
}

#[test]
fn the_same_prompt_and_seed_give_the_same_bytes() {
    let picture = paint(motif("a lighthouse at dusk", 7));
    assert_eq!(picture, paint(motif("a lighthouse at dusk", 7)));
    assert_ne!(picture, paint(motif("a lighthouse at dusk", 8)));
    assert_ne!(picture, paint(motif("a lighthouse at dawn", 7)));
}

#[test]
fn a_picture_has_the_size_that_was_ordered_and_tells_how_it_was_made() {
    let bytes = paint(motif("등대, in the evening", 7));
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
    reader.finish().unwrap();
    let info = reader.info();
    assert_eq!((info.width, info.height), (96, 64));
    assert_eq!(info.utf8_text[0].get_text().unwrap(), "등대, in the evening");
    let seed = info.uncompressed_latin1_text.iter().find(|text| text.keyword == "seed");
    assert_eq!(seed.unwrap().text, "7");
}

#[test]
fn a_picture_is_more_than_one_colour() {
    let bytes = paint(motif("the sea", 1));
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    let colours: std::collections::BTreeSet<_> = pixels.chunks(3).map(<[u8]>::to_vec).collect();
    assert!(colours.len() > 1000, "{} colours", colours.len());
}

#[test]
fn it_is_painted_in_as_many_steps_as_were_ordered() {
    let mut painting = Painting::begin(motif("steps", 1));
    let mut steps = 0;
    while painting.step() {
        steps += 1;
        assert_eq!(painting.steps_done(), steps);
    }
    assert_eq!(steps, 4);
}
