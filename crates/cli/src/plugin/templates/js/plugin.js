// The plugin NAME. What it says and does stands in docs/plugins.md of Voordeur.
import { write } from "voordeur:plugin/log@1.0.0";

const money = {
  type: "object",
  properties: { cents: { type: "integer" } },
  required: ["cents"],
  additionalProperties: false,
};

export const action = {
  // What the plugin is: its actions, the fields that they take and give back, and what it wants of the operator.
  describe() {
    return JSON.stringify({
      id: "NAME",
      version: "0.1.0",
      summary: "Tells how much is left",
      actions: [
        {
          name: "left",
          summary: "What is left of the income after the rent",
          idempotency: "pure",
          input: { type: "object", properties: { income: money, rent: money }, required: ["income", "rent"], additionalProperties: false },
          output: { type: "object", properties: { left: money }, required: ["left"], additionalProperties: false },
        },
      ],
    });
  },

  // Carries an action out. `Date.now()` is the moment of the step, and random numbers are the same for the same call.
  perform(request) {
    const { fields } = JSON.parse(request.payload);
    const cents = fields.income.cents - fields.rent.cents;
    if (cents < 0) {
      throw { tag: "needs-human", val: "the rent is higher than the income" };
    }
    write("info", "computed what is left");
    return JSON.stringify({ returned: { left: { cents } } });
  },
};
