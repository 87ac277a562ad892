"""The plugin NAME. What it says and does stands in docs/plugins.md of Voordeur."""

import json

from componentize_py_types import Err
from wit_world import exports
from wit_world.imports import log
from wit_world.exports.action import Failure_NeedsHuman, Request

MONEY = {
    "type": "object",
    "properties": {"cents": {"type": "integer"}},
    "required": ["cents"],
    "additionalProperties": False,
}


class Action(exports.Action):
    def describe(self) -> str:
        """What the plugin is: its actions, the fields that they take and give back, and what it wants of the operator."""
        return json.dumps({
            "id": "NAME",
            "version": "0.1.0",
            "summary": "Tells how much is left",
            "actions": [{
                "name": "left",
                "summary": "What is left of the income after the rent",
                "idempotency": "pure",
                "input": {"type": "object", "properties": {"income": MONEY, "rent": MONEY}, "required": ["income", "rent"], "additionalProperties": False},
                "output": {"type": "object", "properties": {"left": MONEY}, "required": ["left"], "additionalProperties": False},
            }],
        })

    def perform(self, request: Request) -> str:
        """Carries an action out. The clock stands at the moment of the step, and random numbers are the same for the same call."""
        fields = json.loads(request.payload)["fields"]
        cents = fields["income"]["cents"] - fields["rent"]["cents"]
        if cents < 0:
            raise Err(Failure_NeedsHuman("the rent is higher than the income"))
        log.write(log.Level.INFO, "computed what is left")
        return json.dumps({"returned": {"left": {"cents": cents}}})
