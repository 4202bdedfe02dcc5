"""Whole screens that come before the main one."""
