"""The demonstration league: invented cities, people, figures and decisions, told through the operations only.
For everyone who wants to see the league at work before there is one; marked wherever it appears.
Neighbours: stands beside web, api and cli on everything below; only the first start calls it."""
