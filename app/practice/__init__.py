"""The practice gateway: a healthy MCP gateway with its own identity provider, on which nothing is real."""

from app.practice.blueprint import MACHINE_ENDPOINTS, create_practice
from app.practice.desk import ClientDocumentUnreachable, Keeper
from app.practice.tables import create_tables, sweep

__all__ = ["MACHINE_ENDPOINTS", "ClientDocumentUnreachable", "Keeper", "create_practice", "create_tables", "sweep"]
