"""The interface held against its own description by schemathesis."""

import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from rakuten_core.api.application import create_api
from rakuten_core.api.settings import Settings

KEY = {"X-API-Key": "a key for this test"}
app = create_api(Settings(api_key=KEY["X-API-Key"], batch_rows=50))
schema = schemathesis.openapi.from_asgi("/openapi.json", app)


@schema.parametrize()
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_way_of_asking_keeps_to_the_description(case):
    # That a product needs a text or a photo, and what makes a CSV file, no schema says; a form
    # holds texts only, so a number is as good as its digits.
    case.call_and_validate(
        headers=KEY, excluded_checks=[negative_data_rejection, positive_data_acceptance]
    )
