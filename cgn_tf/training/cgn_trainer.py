"""One optimisation step of a CGN, at every scale."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import keras
import tensorflow as tf

from cgn_tf.losses.gram_bank import GramBank
from cgn_tf.losses.terms import LossTerms
from cgn_tf.models.cgn import CGN
from cgn_tf.training.loss_scale import LossScale
from cgn_tf.training.micro_batches import summed_over_parts
from cgn_tf.training.trained_variables import dense_gradients, has_batch_norm, variables_by_owner
from cgn_tf.types import Triplet
from cgn_tf.weights.assignment import named_variables

_MASK_LOGS = ("mask/mean", "mask/near_0", "mask/near_1")


class CGNTrainer(keras.Model):
    """A CGN with its losses, an optimizer for each mechanism and, where there is one, its critic.

    Everything random comes with the batch, so that a step is a function of the state and the batch. Under a
    `tf.distribute` strategy, in whose scope it is made, it equals one device with the whole batch: losses are divided
    by the global batch size, and batch norm reduces over all replicas.

    Args:
        cgn: built model.
        terms: the loss terms of the mechanisms.
        optimizers: one a mechanism.
        global_batch_size: images in a batch over all replicas: what the per-example losses are divided by.
        embedding_owner: the factor whose optimizer also trains the shared label embedding.
        critic: built discriminator, or None.
        critic_optimizer: its optimizer.
        ema_decay: decay d of the moving average of the weights, `ema ← d·ema + (1 − d)·w`; 0: none is kept.
        gram_bank: fixed targets of the style term; None: the batch's real images.
        loss_scale: for float16; None: no scaling.
        micro_batches: parts of each replica's batch that are computed one after the other, with one update.
        reference: a frozen generator, noise and labels → images to compare with; None: the batch's.
        truncation: what the noise of the batches is multiplied with; where the mechanisms normalise by one, they do.
        freeze_norms_from: the number of steps after which the mechanisms normalise with their stored statistics, in
            training as in generating; 0: never. With those of the batch a colour depends on the others of its batch,
            and is never learned more closely than these scatter. Not in the CGN paper.

    Raises:
        ValueError: parts that do not go together; micro-batches of networks with batch norm, whose statistics would be
            those of a part.
    """

    def __init__(
        self,
        cgn: CGN,
        terms: LossTerms,
        optimizers: Triplet[keras.optimizers.Optimizer],
        global_batch_size: int,
        embedding_owner: str = "shape",
        critic: keras.Model | None = None,
        critic_optimizer: keras.optimizers.Optimizer | None = None,
        ema_decay: float = 0.0,
        gram_bank: GramBank | None = None,
        loss_scale: LossScale | None = None,
        micro_batches: int = 1,
        reference: Callable[[Any, Any], Any] | None = None,
        truncation: float = 1.0,
        freeze_norms_from: int = 0,
    ) -> None:
        super().__init__(name="cgn_trainer")
        if (critic is None) != (critic_optimizer is None):
            raise ValueError("critic and critic_optimizer go together: expected both or neither.")
        if critic is None and "adversarial" in terms.weights:
            raise ValueError("The adversarial term needs a critic; none was given.")
        if embedding_owner not in Triplet._fields:
            raise ValueError(f"embedding_owner: expected one of {Triplet._fields}, got {embedding_owner!r}.")
        if micro_batches > 1 and any(map(has_batch_norm, (cgn, critic))):
            raise ValueError(
                f"micro_batches: expected 1 for networks with batch norm, got {micro_batches}: statistics of a part of "
                "the batch are others than those of the whole; use more replicas, or a smaller batch."
            )
        self.cgn = cgn
        self.terms = terms
        self.optimizers = optimizers
        self.global_batch_size = global_batch_size
        self.critic = critic
        self.critic_optimizer = critic_optimizer
        self.ema_decay = ema_decay
        self.gram_bank = gram_bank
        self.loss_scale = loss_scale
        self.micro_batches = micro_batches
        self.reference = reference
        self.truncation = truncation if cgn.takes_truncation else None
        self.phases = (freeze_norms_from,) if freeze_norms_from else ()
        self.ema_cgn: CGN | None = None
        if ema_decay:
            self.ema_cgn = CGN.from_config(cgn.get_config())
            self.ema_cgn.build()
            self.ema_cgn.set_weights(cgn.get_weights())
            self.ema_cgn.trainable = False
        self.mechanism_variables = variables_by_owner(cgn, embedding_owner)
        for optimizer, variables in zip(optimizers, self.mechanism_variables, strict=True):
            optimizer.build(variables)
        if critic is not None and critic_optimizer is not None:
            critic_optimizer.build(critic.trainable_variables)
        self.compile(optimizer=None, jit_compile=False)

    def settings(self) -> dict[str, Any]:
        """What the coming step is made with: `learning_rate/shape` and so on, and `loss_scale`, where there is one."""
        named = dict(zip(Triplet._fields, self.optimizers, strict=True))
        if self.critic_optimizer is not None:
            named["critic"] = self.critic_optimizer
        rates = {f"learning_rate/{name}": optimizer.learning_rate for name, optimizer in named.items()}
        return rates if self.loss_scale is None else rates | {"loss_scale": self.loss_scale.scale}

    @property
    def network(self) -> CGN:
        """What is trained: a checkpoint holds its constructor."""
        return self.cgn

    @property
    def generator(self) -> CGN:
        """The network to look at and to ship: the moving average where one is kept."""
        return self.ema_cgn or self.cgn

    def state(self) -> dict[str, dict[str, keras.Variable]]:
        """Every variable that the next step depends on or changes, by checkpoint group and name."""
        groups = {"model": named_variables(self.cgn.variables)}
        if self.ema_cgn is not None:
            groups["ema"] = named_variables(self.ema_cgn.variables)
        training = {
            f"{factor}_optimizer/{name}": variable
            for factor, optimizer in zip(Triplet._fields, self.optimizers, strict=True)
            for name, variable in named_variables(optimizer.variables).items()
        }
        if self.critic is not None and self.critic_optimizer is not None:
            training |= {f"critic/{name}": v for name, v in named_variables(self.critic.variables).items()}
            training |= {
                f"critic_optimizer/{name}": v for name, v in named_variables(self.critic_optimizer.variables).items()
            }
        if self.loss_scale is not None:
            training |= {f"loss_scale/{name}": v for name, v in named_variables(self.loss_scale.variables).items()}
        groups["training"] = training
        return groups

    def train_step(self, batch: Mapping[str, Any], phase: int = 0) -> dict[str, tf.Tensor]:
        """Updates the mechanisms and the critic, both from the same fakes; in replica context.

        Args:
            batch: this replica's share of the global batch: `noise` [B, d], `generated_label` int [B]; but with a
                reference generator `image` [B, H, W, 3]; with a critic `label` int [B]; where the model shuffles
                `offsets` int [B, 2, 2]; where the critic drops units `keep_fake`, `keep_real` [B, layers, width]; where
                it sees noisy images `added_fake`, `added_real` [B, H, W, 3]; with a Gram bank `gram_pick` int [B]; with
                the texture term `patch_picks` int [B, patches].
            phase: 1: the mechanisms' norms are frozen; 0: they are not.

        Returns:
            This replica's share of the global means: every loss term raw and weighted, statistics of the mask.
        """
        gradients_of = functools.partial(self._gradients, frozen=phase == 1)
        if self.micro_batches == 1:
            gradients, logs = gradients_of(batch)
        else:
            gradients, logs = summed_over_parts(gradients_of, batch, self.micro_batches, self._zeros())
        if self.loss_scale is None:
            self._apply(gradients)
        else:
            self.loss_scale.apply(self._apply, gradients)
        self._update_ema()
        return logs

    def _gradients(
        self, batch: Mapping[str, Any], frozen: bool = False
    ) -> tuple[tuple[list[Any], ...], dict[str, Any]]:
        """Gradients of the losses (scaled, with a loss scale), a list for each optimizer, and the logs."""
        labels = batch["generated_label"]
        targets = None if self.gram_bank is None else self.gram_bank.targets(labels, batch["gram_pick"])
        with tf.GradientTape(persistent=self.critic is not None) as tape:
            composite = self.cgn(
                batch["noise"], labels, batch.get("offsets"), training=not frozen, truncation=self.truncation
            )
            fake_scores = self._scores(composite.image, labels, batch, "fake")
            raw = self.terms(composite, self._references(batch), fake_scores, targets, batch.get("patch_picks"))
            loss = self._mean(self.terms.total(raw))
            scaled_loss = self._scaled(loss)
            if self.critic is not None:
                # one pass over the fakes serves both players: the critic's update starts from the same scores
                real_scores = self._scores(batch["image"], batch["label"], batch, "real")
                critic_loss = self._mean(self.terms.adversarial_loss.critic(real_scores, fake_scores))
                scaled_critic_loss = self._scaled(critic_loss)
        logs = {"loss/total": loss}
        gradients = tuple(dense_gradients(tape, scaled_loss, list(self.mechanism_variables)))
        if self.critic is not None:
            logs["loss/critic"] = critic_loss
            gradients += (dense_gradients(tape, scaled_critic_loss, self.critic.trainable_variables),)
        del tape
        for name, value in raw.items():
            mean = self._mean(value)
            logs[f"raw/{name}"] = mean
            logs[f"weighted/{name}"] = self.terms.weights[name] * mean
        return gradients, logs | self._mask_statistics(composite.mask)

    def _zeros(self) -> tuple[tuple[list[Any], ...], dict[str, Any]]:
        """What `_gradients` returns, of zeros."""
        variables = [*self.mechanism_variables]
        names = ["loss/total", *_MASK_LOGS]
        if self.critic is not None:
            variables.append(self.critic.trainable_variables)
            names.append("loss/critic")
        names += [f"{kind}/{name}" for name in self.terms.weights for kind in ("raw", "weighted")]
        gradients = tuple([tf.zeros(variable.shape) for variable in own] for own in variables)
        return gradients, {name: tf.constant(0.0) for name in names}

    def _apply(self, gradients: tuple[list[Any], ...]) -> None:
        optimizers, variables = [*self.optimizers], [*self.mechanism_variables]
        if self.critic is not None and self.critic_optimizer is not None:
            optimizers.append(self.critic_optimizer)
            variables.append(self.critic.trainable_variables)
        for optimizer, own_gradients, own_variables in zip(optimizers, gradients, variables, strict=True):
            optimizer.apply(own_gradients, own_variables)

    def _references(self, batch: Mapping[str, Any]) -> Any:
        """The images to compare with; None where nothing is compared."""
        if self.reference is None or not self.terms.needs_reference:
            return batch.get("image")
        return self.reference(batch["noise"], batch["generated_label"])

    def _scores(self, images: Any, labels: Any, batch: Mapping[str, Any], kind: str) -> Any:
        if self.critic is None:
            return None
        noise = batch.get(f"added_{kind}")
        seen = images if noise is None else images + noise
        scores = self.critic(seen, labels, keep=batch.get(f"keep_{kind}"), training=True)
        return tf.cast(scores, tf.float32)  # losses are float32, whatever the precision of the networks

    def _scaled(self, loss: Any) -> Any:
        return loss if self.loss_scale is None else self.loss_scale.scaled(loss)

    def _mean(self, per_example: Any) -> Any:
        return tf.nn.compute_average_loss(per_example, global_batch_size=self.global_batch_size)

    def _mask_statistics(self, mask: Any) -> dict[str, Any]:
        pixels = tf.reshape(mask, (tf.shape(mask)[0], -1))
        shares = pixels, tf.cast(pixels < 0.1, pixels.dtype), tf.cast(pixels > 0.9, pixels.dtype)
        return {name: self._mean(tf.reduce_mean(share, axis=1)) for name, share in zip(_MASK_LOGS, shares, strict=True)}

    def _update_ema(self) -> None:
        if self.ema_cgn is None:
            return

        def move(average: Any, value: Any) -> None:
            average.assign(self.ema_decay * average + (1.0 - self.ema_decay) * value)

        def across_replicas(strategy: Any) -> None:
            for average, variable in zip(self.ema_cgn.variables, self.cgn.variables, strict=True):  # type: ignore[union-attr]
                strategy.extended.update(average.value, move, args=(variable.value,))

        tf.distribute.get_replica_context().merge_call(across_replicas)
