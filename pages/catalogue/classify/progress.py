"""How far the work on a catalogue is, and the buttons that stop, continue and delete it."""

import streamlit as st

from pages.shared.language_choice import speak_on
from pages.shared.loaders import review_database
from pages.shared.part import show_error
from rakuten_core.bulk.jobs import Job
from rakuten_core.errors import ReviewError
from rakuten_core.language import _, decimal, number
from rakuten_core.review.queue import delete_queue

_EVERY = "1s"


def show_address() -> None:
    """Show the address, which is the only way back."""
    with st.expander(_("The address of this catalogue"), icon=":material/link:"):
        st.markdown(
            _(
                "Only who knows this address finds the catalogue. Keep it: you may close the page, "
                "the work goes on."
            )
        )
        address = f"{st.context.url or ''}?job={st.query_params['job']}"
        st.code(address, language=None, wrap_lines=True)


def forget(job: Job) -> None:
    """Delete a catalogue, with what was to be reviewed of it, and go back to the upload."""
    try:
        # First what names its products elsewhere: where that fails, it can be tried again.
        delete_queue(review_database(), job.folder.name)
    except ReviewError as error:
        st.session_state.delete_problem = str(error)
        return
    job.delete()
    st.session_state.get("catalogues", {}).pop(st.query_params.get("job"), None)
    st.query_params.pop("job", None)


def show_photos_found(job: Job) -> None:
    """Say of how many rows the photo came too."""
    facts = job.facts
    if facts.photos_named:
        st.caption(
            _("{found} of {named} photos found").format(
                found=number(facts.photos_found), named=number(facts.photos_named)
            )
        )


def show_delete(job: Job) -> None:
    """Show the button that deletes the catalogue with all that came of it."""
    if problem := st.session_state.pop("delete_problem", None):
        show_error(problem)
    with st.popover(_("Delete"), icon=":material/delete:"):
        st.markdown(
            _("The catalogue, its photos, its answers and what was decided are deleted at once.")
        )
        st.button(_("Delete for good"), on_click=forget, args=(job,), type="primary")


def _remaining(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return _("less than a minute left")
    return _("about {minutes} min left").format(minutes=number(minutes))


def _show_bar(job: Job) -> None:
    facts, progress = job.facts, job.progress
    done = min(progress.rows, facts.rows)
    words = _("{done} of {rows} products").format(done=number(done), rows=number(facts.rows))
    rate = progress.rate
    if rate is not None and job.state == "running":
        left = _remaining((facts.rows - done) / rate)
        words += _(", {rate} a second, {left}").format(rate=decimal(rate, 1), left=left)
    st.progress(done / facts.rows, words)


def show_progress(job: Job) -> None:
    """Show a catalogue that is being worked on, or was stopped."""
    st.text(job.facts.name)
    show_photos_found(job)

    @st.fragment(run_every=_EVERY)
    def _watch() -> None:
        speak_on()
        state = job.state if job.folder.is_dir() else "done"
        if state == "done":
            st.rerun(scope="app")
        _show_bar(job)
        if state == "waiting":
            st.caption(_("It waits for its turn."))
        elif state == "failed":
            show_error(job.problem or _("It failed."))
        with st.container(horizontal=True):
            if state in ("waiting", "running"):
                st.button(_("Stop"), on_click=job.stop, icon=":material/pause:")
            else:
                st.button(_("Continue"), on_click=job.go_on, icon=":material/play_arrow:")
            show_delete(job)

    _watch()
    show_address()
