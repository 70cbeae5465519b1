"""What the flags of earlier versions are called now, so that an old command is answered with the new name."""

from __future__ import annotations

NAMES = {
    "binary_weight": "binary_entropy_weight",
    "border_weight": "mask_border_weight",
    "border_width": "mask_border_width",
    "canvas_size": "learned_image_size",
    "counterfactuals_per_shape": "images_per_mask",
    "critic": "discriminator",
    "critic_lr": "discriminator_lr",
    "critic_noise": "instance_noise",
    "critic_noise_end": "instance_noise_end",
    "critic_width": "discriminator_width",
    "freeze_norms_from": "freeze_batch_norm_after",
    "gram_bank": "style_reference_bank",
    "held_out": "validation_size",
    "mask_max": "mask_size_max",
    "mask_min": "mask_size_min",
    "mechanisms": "shape_mechanism and --texture_mechanism",
    "readme": "document",
    "reader_steps": "mask_classifier_steps",
    "sheet": "sample_grid",
    "sheet_every": "sample_grid_every",
    "texture_kind": "texture_mechanism",
}
"""Flag of an earlier version → its present name."""

VALUES = {
    ("masker", "opaque"): "full",
    ("texture_mechanism", "flat"): "constant_colour",
    ("texture_mechanism", "canvas"): "learned_image_crop",
    ("generated_labels", "twins"): "paired_noise",
    ("outputs", "texture"): "foreground",
    ("task", "sheet"): "sample_grid",
}
"""Flag and value of an earlier version → the present value."""
