from __future__ import annotations

from pathlib import Path

import pytest

from everseal.engine.delivery import Destination, Destinations
from everseal.model.errors import StoreUnusable
from tests.store.minting import mint


def destinations(folder: Path, *, exact: bool) -> Destinations:
    return Destinations(
        cert=Destination(str(folder / "cert.pem"), exact),
        chain=Destination(str(folder / "chain.pem"), exact),
        fullchain=Destination(str(folder / ("fullchain.pem" if exact else "chain.pem")), exact),
    )


def test_paths_that_were_asked_for(tmp_path: Path) -> None:
    chain = mint("a.test").fullchain_pem
    places = destinations(tmp_path / "new/folder", exact=True)
    places.check()
    saved = places.save(chain)
    assert saved.fullchain == str(tmp_path / "new/folder/fullchain.pem")
    assert Path(saved.fullchain).read_bytes() == chain
    assert Path(saved.cert).read_bytes() + Path(saved.chain).read_bytes() == chain
    for act in (places.check, lambda: places.save(chain)):
        with pytest.raises(StoreUnusable, match="exists already, and is not overwritten"):
            act()


def test_paths_that_were_not_are_numbered(tmp_path: Path) -> None:
    chain = mint("a.test").fullchain_pem
    places = destinations(tmp_path, exact=False)
    (tmp_path / "0000_cert.pem").symlink_to("nowhere")
    places.check()
    saved = places.save(chain)
    assert [Path(path).name for path in (saved.cert, saved.chain, saved.fullchain)] == [
        "0001_cert.pem",
        "0000_chain.pem",
        "0001_chain.pem",
    ]
    assert Path(saved.fullchain).read_bytes() == chain


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreUnusable):
        destinations(tmp_path / "file", exact=True).save(mint("a.test").fullchain_pem)
