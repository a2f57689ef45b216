"""The audit: requests that a server must refuse, sent on purpose, and what came of them. The walk learns nothing from it."""
