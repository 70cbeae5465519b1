"""One optimisation step of a CGN, at every scale."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import keras
import tensorflow as tf

from cgn_tf.datasets.contract import Dataset
from cgn_tf.losses.weighted_sum import WeightedSum
from cgn_tf.models.cgn import CGN
from cgn_tf.training.batch import Batch
from cgn_tf.training.loss_scale import LossScale
from cgn_tf.training.mask_statistics import MASK_LOGS, mask_statistics
from cgn_tf.training.micro_batches import summed_over_parts
from cgn_tf.training.moving_average import MovingAverage
from cgn_tf.training.optimizers.several import SeveralOptimizers
from cgn_tf.training.phases import Phases
from cgn_tf.training.samples import Samples
from cgn_tf.training.step_settings import StepSettings
from cgn_tf.training.trained_variables import TrainedGroup, dense_gradients, has_batch_norm, variables_by_factor
from cgn_tf.training.trainer import Trainer
from cgn_tf.types import Composite
from cgn_tf.weights.assignment import named_variables

DISCRIMINATOR = "discriminator"
"""Name of the discriminator's optimizer and variables beside the factors'."""

Gradients = dict[str, list[Any]]


class CGNTrainer(Trainer):
    """A CGN with its losses, an optimizer for each mechanism and, where there is one, a discriminator.

    Everything random comes with the batch, so that a step is a function of the state and the batch. Under a
    `tf.distribute` strategy, in whose scope it is made, it equals one device with the whole batch: losses are divided
    by the global batch size, and batch norm reduces over all replicas.

    Args:
        cgn: built model.
        losses: of the mechanisms.
        optimizers: by factor, and with a discriminator one of the name "discriminator".
        settings: numbers of a step.
        discriminator: built model.
        discriminator_loss: scores of real and of generated images, [B] each → what the discriminator minimises, [B].
        reference: a frozen generator, noise and labels → images to compare with; None: the batch's.
        loss_scale: for float16; None: no scaling.
        dataset: whose images stand in sample grids beside generated ones; None: those of the reference generator.

    Raises:
        ValueError: parts that do not go together; micro-batches of networks with batch norm, whose statistics would be
            those of a part.
    """

    def __init__(
        self,
        cgn: CGN,
        losses: WeightedSum,
        optimizers: Mapping[str, keras.optimizers.Optimizer],
        *,
        settings: StepSettings,
        discriminator: keras.Model | None = None,
        discriminator_loss: Callable[[Any, Any], Any] | None = None,
        reference: Callable[[Any, Any], Any] | None = None,
        loss_scale: LossScale | None = None,
        dataset: Dataset | None = None,
    ) -> None:
        super().__init__("cgn_trainer", settings.batch_size)
        if settings.micro_batches > 1 and any(map(has_batch_norm, (cgn, discriminator))):
            raise ValueError(
                f"micro_batches: expected 1 for networks with batch norm, got {settings.micro_batches}: statistics of "
                "a part of the batch are others than those of the whole; use more replicas, or a smaller batch."
            )
        self.cgn = cgn
        self.objective = losses
        self.step_settings = settings
        self.discriminator = discriminator
        self.discriminator_loss = discriminator_loss
        self.reference = reference
        self.loss_scale = loss_scale
        self.dataset = dataset
        self.truncation = None if settings.truncation == 1.0 else settings.truncation
        self.phases = Phases([settings.freeze_batch_norm_after] if settings.freeze_batch_norm_after else [])
        self.moving_average = MovingAverage(cgn, settings.ema_decay) if settings.ema_decay else None
        variables = variables_by_factor(cgn, settings.embedding_owner)
        if discriminator is not None:
            variables[DISCRIMINATOR] = discriminator.trainable_variables
        if set(optimizers) != set(variables) or (discriminator is None) != (discriminator_loss is None):
            raise ValueError(
                f"expected an optimizer for each of {', '.join(variables)}, and a discriminator with its loss, "
                f"got optimizers {', '.join(optimizers)}."
            )
        self.groups = {name: TrainedGroup.of(optimizers[name], own) for name, own in variables.items()}
        self.optimizer = SeveralOptimizers(group.optimizer for group in self.groups.values())

    @property
    def network(self) -> CGN:
        """What is trained: a checkpoint holds its constructor."""
        return self.cgn

    @property
    def generator(self) -> CGN:
        """The network to look at and to ship: the moving average where one is kept."""
        return self.cgn if self.moving_average is None else self.moving_average.cgn

    @functools.cached_property
    def samples(self) -> Samples:
        """Sample grids and masks of the generator, at noise that is the same at every step."""
        return Samples(self)

    def settings(self) -> dict[str, Any]:
        """What the coming step is made with: `learning_rate/shape` and so on, and `loss_scale`, where there is one."""
        rates = {f"learning_rate/{name}": group.optimizer.learning_rate for name, group in self.groups.items()}
        return rates if self.loss_scale is None else rates | {"loss_scale": self.loss_scale.scale}

    def state(self) -> dict[str, dict[str, keras.Variable]]:
        """Every variable that the next step depends on or changes, by checkpoint group and name."""
        held = {f"{name}_optimizer": group.optimizer.variables for name, group in self.groups.items()}
        if self.discriminator is not None:
            held[DISCRIMINATOR] = self.discriminator.variables
        if self.loss_scale is not None:
            held["loss_scale"] = self.loss_scale.variables
        groups = {"model": named_variables(self.cgn.variables)}
        if self.moving_average is not None:
            groups["ema"] = named_variables(self.moving_average.cgn.variables)
        groups["training"] = {
            f"{holder}/{name}": variable
            for holder, variables in held.items()
            for name, variable in named_variables(variables).items()
        }
        return groups

    def train_step(self, batch: Mapping[str, Any], phase: int = 0) -> dict[str, tf.Tensor]:
        """Updates the mechanisms and the discriminator, both from the same fakes; in replica context.

        Args:
            batch: the entries of `Batch` that the run needs, this replica's share of the global batch.
            phase: 1: the mechanisms' norms are frozen; 0: they are not.

        Returns:
            This replica's share of the global means: every loss raw and weighted, statistics of the mask.
        """
        gradients_of = functools.partial(self._gradients, frozen=phase == 1)
        if self.step_settings.micro_batches == 1:
            gradients, logs = gradients_of(batch)
        else:
            gradients, logs = summed_over_parts(gradients_of, batch, self.step_settings.micro_batches, self._zeros())
        if self.loss_scale is None:
            self._apply(gradients)
        else:
            self.loss_scale.apply(self._apply, gradients)
        if self.moving_average is not None:
            self.moving_average.update()
        return logs

    def _gradients(self, entries: Mapping[str, Any], frozen: bool = False) -> tuple[Gradients, dict[str, Any]]:
        """Gradients of the losses (scaled, with a loss scale) by the optimizer's name, and the logs."""
        batch = Batch(**entries)
        with tf.GradientTape(persistent=self.discriminator is not None) as tape:
            composite = self.cgn(
                batch.noise,
                batch.generated_label,
                offsets=batch.offsets,
                training=not frozen,
                truncation=self.truncation,
            )
            fake_scores, raw = self._raw_losses(composite, batch)
            loss = self._mean(self.objective.total(raw))
            scaled_loss = self._scaled(loss)
            if self.discriminator is not None and self.discriminator_loss is not None:
                # one pass over the fakes serves both players: the discriminator's update starts from the same scores
                real_scores = self._scores(
                    batch.image, batch.label, batch.real_instance_noise, batch.real_random_inputs
                )
                discriminator_loss = self._mean(self.discriminator_loss(real_scores, fake_scores))
                scaled_discriminator_loss = self._scaled(discriminator_loss)
        logs = {"loss/total": loss}
        trained = {name: group.variables for name, group in self.groups.items()}
        of_discriminator = trained.pop(DISCRIMINATOR, None)
        gradients: Gradients = dense_gradients(tape, scaled_loss, trained)
        if of_discriminator is not None:
            logs["loss/discriminator"] = discriminator_loss
            gradients[DISCRIMINATOR] = dense_gradients(tape, scaled_discriminator_loss, of_discriminator)
        del tape
        for name, value in raw.items():
            mean = self._mean(value)
            logs[f"raw/{name}"] = mean
            logs[f"weighted/{name}"] = self.objective.losses[name].weight * mean
        return gradients, logs | mask_statistics(composite.mask, self._mean)

    def _raw_losses(self, composite: Composite, batch: Batch) -> tuple[Any, dict[str, Any]]:
        """The discriminator's scores of the generated images, None without one, and every loss before its weight."""
        labels = batch.generated_label
        fake_scores = self._scores(composite.image, labels, batch.fake_instance_noise, batch.fake_random_inputs)
        inputs = self.objective.inputs(
            composite,
            labels=labels,
            reference=self._reference_images(batch),
            fake_scores=fake_scores,
            patch_indices=batch.patch_indices,
            style_reference_indices=batch.style_reference_indices,
        )
        return fake_scores, self.objective(inputs)

    def _zeros(self) -> tuple[Gradients, dict[str, Any]]:
        """What `_gradients` returns, of zeros."""
        names = ["loss/total", *MASK_LOGS, *(["loss/discriminator"] if self.discriminator is not None else [])]
        names += [f"{kind}/{name}" for name in self.objective.losses for kind in ("raw", "weighted")]
        gradients = {
            name: [tf.zeros(variable.shape) for variable in group.variables] for name, group in self.groups.items()
        }
        return gradients, {name: tf.constant(0.0) for name in names}

    def _apply(self, gradients: Gradients) -> None:
        for name, group in self.groups.items():
            group.optimizer.apply(gradients[name], group.variables)

    def _reference_images(self, batch: Batch) -> Any:
        """The images to compare with; None where nothing is compared."""
        if self.reference is None or not self.objective.needs_reference:
            return batch.image
        return self.reference(batch.noise, batch.generated_label)

    def _scores(self, images: Any, labels: Any, instance_noise: Any, random_inputs: Mapping[str, Any]) -> Any:
        if self.discriminator is None:
            return None
        seen = images if instance_noise is None else images + instance_noise
        scores = self.discriminator(seen, labels, training=True, **random_inputs)
        return tf.cast(scores, tf.float32)  # losses are float32, whatever the precision of the networks

    def _scaled(self, loss: Any) -> Any:
        return loss if self.loss_scale is None else self.loss_scale.scaled(loss)

    def _mean(self, per_example: Any) -> Any:
        return tf.nn.compute_average_loss(per_example, global_batch_size=self.step_settings.batch_size)
