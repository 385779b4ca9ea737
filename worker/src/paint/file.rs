//! The picture as a PNG that carries how it was made (GAL-04).

use super::Motif;

/// Why a picture could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the picture cannot be encoded")]
pub struct PngError(#[from] png::EncodingError);

/// Encodes 8-bit sRGB with the parameters as text: Latin words as `tEXt`, the customer's as `iTXt`.
pub(super) fn encode(motif: &Motif, pixels: &[u8]) -> Result<Vec<u8>, PngError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, motif.width, motif.height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_source_srgb(png::SrgbRenderingIntent::Perceptual);
    let size = format!("{}x{}", motif.width, motif.height);
    let plain = [
        ("Software", "folio reference worker".to_owned()),
        ("seed", motif.seed.to_string()),
        ("steps", motif.steps.to_string()),
        ("size", size),
    ];
    for (keyword, text) in plain {
        encoder.add_text_chunk(keyword.to_owned(), text)?;
    }
    encoder.add_itxt_chunk("prompt".to_owned(), motif.prompt.clone())?;
    if let Some(negative) = &motif.negative_prompt {
        encoder.add_itxt_chunk("negative_prompt".to_owned(), negative.clone())?;
    }
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(bytes)
}
